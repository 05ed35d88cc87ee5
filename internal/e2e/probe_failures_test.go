package e2e

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/probe"
)

func TestProbeOfAKeyThatIsDenied(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	r.write("    credentials: {source: static, secret_id: AKIDnobody, secret_key: x}\n", "")
	found, got := r.probe(4)
	if found.Accounts[0].Requests != 1 {
		t.Errorf("%d requests, want 1", found.Accounts[0].Requests)
	}
	f := finding(t, found, "credentials")
	mention(t, f.Result, "AuthFailure.SecretIdNotFound", "check the secret id")
	if f.State != probe.Wrong || len(f.Requests) != 1 || found.Config != "" {
		t.Errorf("%+v", found)
	}
	if strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("want one line: %s", got.stderr)
	}
}

func TestProbeWithAWrongClock(t *testing.T) {
	t.Parallel()
	for offset, says := range map[time.Duration]string{
		10 * time.Minute: "10m0s behind", -10 * time.Minute: "10m0s ahead of",
	} {
		s := unlimited()
		s.ClockOffset = apisim.Duration(offset)
		r := newProbeRig(t, s, nil)
		found, got := r.probe(4)
		mention(t, finding(t, found, "credentials").Result, "AuthFailure.SignatureExpire", "NTP")
		f := finding(t, found, "clock")
		rounded := strings.NewReplacer("9m59s", "10m0s", "10m1s", "10m0s").Replace(f.Result)
		if f.State != probe.Wrong || !strings.Contains(rounded, says) {
			t.Errorf("%+v", f)
		}
		if n := found.Accounts[0].Requests; n != 2 {
			t.Errorf("%d requests, want 2, the second signed anew: %s", n, got)
		}
	}
}

func TestProbeOfAnAPIThatIsUnreachable(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.endpoint = "http://" + ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	r.write("", "extract: {max_attempts: 2}\n")
	got := r.do("probe")
	if got.code != 3 || strings.Contains(got.stdout, "fits") {
		t.Fatal(got)
	}
	mention(t, got.stdout, "account main: 2 requests", "FAILED", "connection refused", "not asked")
}

func TestProbeWhereSomeRequestsFail(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	if err := r.sim.AddFaults(apisim.Fault{Code: "InternalError", Match: apisim.Match{Region: "AP"}}); err != nil {
		t.Fatal(err)
	}
	r.write("", "extract: {max_attempts: 1}\n")
	found, _ := r.probe(3)
	f := finding(t, found, "regions")
	mention(t, f.Result, "InternalError")
	if f.State != probe.Failed || len(f.Requests) != 1 {
		t.Errorf("%+v", f)
	}
	for _, name := range []string{"directions", "EndTime", "span hourly", "totals"} {
		if f := finding(t, found, name); f.State != probe.Found {
			t.Errorf("%+v", f)
		}
	}
}

func TestProbeOfAKeyThatAnotherProgramUses(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	if err := r.sim.AddFaults(apisim.Fault{Code: "RequestLimitExceeded", After: 3, Count: 2}); err != nil {
		t.Fatal(err)
	}
	found, _ := r.probe(0)
	mention(t, finding(t, found, "rate limit").Result, "2 of 20 requests were throttled")
	mention(t, found.Config, "- name: main", "requests_per_second: 10")
}

func TestProbeInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	waits := 0 // the probe asks one question at a time
	s := unlimited()
	s.Latency = apisim.Duration(time.Second)
	r := newProbeRig(t, s, func(ctx context.Context, _ time.Duration) error {
		if waits++; waits == 5 {
			interrupt()
			<-ctx.Done()
		}
		return nil
	})
	got := r.doEnv(ctx, keyEnv, "probe")
	if got.code != 130 {
		t.Fatal(got)
	}
	mention(t, got.stdout, "takes the key", "midnight in Asia/Shanghai", "not asked")
}
