package extract_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestARoleThatCannotBeTaken: a transient failure is retried, any other stops the account; MNA itself gets no request.
func TestARoleThatCannotBeTaken(t *testing.T) {
	const advice = "check the caller's key, that it may call sts:AssumeRole, and that the role exists and trusts " +
		"the caller"
	fault := func(f apisim.Fault) func(*taker) {
		f.Match.Action = takeRole
		return func(x *taker) { x.faults(f) }
	}
	for _, c := range []struct {
		what  string
		spoil func(*taker)
		class flow.Class
		taken int
		says  string
	}{
		{"a wrong secret", func(x *taker) {
			x.use(extract.Key{ID: secretID, Secret: secretKey + "x", Token: secretToken})
		},
			flow.Denied, 1, "STS answered AuthFailure.SignatureFailure"},
		{"an expired caller", func(x *taker) {
			x.use(extract.Key{ID: secretID, Secret: secretKey, Token: secretToken + "x"})
		},
			flow.Denied, 1, "STS answered AuthFailure.TokenFailure"},
		{"no such role", fault(apisim.Fault{Code: "ResourceNotFound.RoleNotFound", Message: "role not exist"}),
			flow.Denied, 1, "STS answered ResourceNotFound.RoleNotFound: role not exist"},
		{"no permission", fault(apisim.Fault{Code: "UnauthorizedOperation"}), flow.Denied, 1,
			"STS answered UnauthorizedOperation"},
		{"a clock that is off", func(x *taker) {
			x.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(-time.Hour) })
		},
			flow.Denied, 1, "this machine's clock is 1h0m"},
		{"a failing service", fault(apisim.Fault{Code: "InternalError.DbError"}), flow.Transient, 6,
			"STS answered InternalError.DbError"},
		{"a limit of its own", fault(apisim.Fault{Code: "RequestLimitExceeded"}), flow.Transient, 6,
			"STS answered RequestLimitExceeded"},
		{"a proxy in the way", fault(apisim.Fault{Kind: apisim.FaultHTML502}), flow.Transient, 6, "HTTP status 502"},
		{"a page instead", fault(apisim.Fault{Kind: apisim.FaultGarbage, HTTPStatus: 403}), flow.Denied, 1,
			"HTTP status 403"},
		{"an answer cut short", fault(apisim.Fault{Kind: apisim.FaultTruncate}), flow.Transient, 6,
			"that holds no key"},
		{"an empty answer", fault(apisim.Fault{Kind: apisim.FaultEmptyObject}), flow.Transient, 6,
			"an answer of 2 bytes that holds no key"},
		{"a connection that breaks", fault(apisim.Fault{Kind: apisim.FaultReset}), flow.Transient, 6, "reset"},
	} {
		t.Run(c.what, func(t *testing.T) {
			x := take(t, nil, newRig(t))
			c.spoil(x)
			_, err := x.fetch(hourly, aDay)
			got := x.failure(err)
			if text := err.Error(); got.Class == flow.Denied && !strings.Contains(text, advice) &&
				!strings.Contains(text, "set it (NTP), then run again") {
				t.Errorf("it does not say what to do: %v", err)
			}
			if n := x.taken(); got.Class != c.class || got.Attempts != 0 || !got.Sent.At.IsZero() || n != c.taken {
				t.Errorf("%s after %d requests, the role was requested %d times: %v", got.Class, got.Attempts, n, err)
			}
			if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), role) ||
				!strings.Contains(err.Error(), "of main/hourly/") {
				t.Errorf("it does not say %q, the role and the account: %v", c.says, err)
			}
			if n := x.sim.Stats().Actions["GetFlowStatisticByRegion"]; n != 0 {
				t.Errorf("the API got %d requests", n)
			}
			if p := x.deps.Pace.PerSecond(); p != 1e9 {
				t.Errorf("the pace is %g: a limit of STS is none of the API", p)
			}
		})
	}
}

func TestAServiceThatRecovers(t *testing.T) {
	r := newRig(t)
	r.faults(apisim.Fault{Code: "InternalError", Count: 2, Match: apisim.Match{Action: takeRole}})
	x := take(t, nil, r)
	got, err := x.fetch(hourly, aDay)
	if err != nil || got.Attempts != 1 || x.taken() != 3 {
		t.Errorf("%d requests, the role was requested %d times: %v", got.Attempts, x.taken(), err)
	}
}

func TestNoServiceAtAll(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	x := take(t, nil, newRig(t))
	x.config.Endpoint = "http://" + ln.Addr().String()
	x.use(extract.Key{ID: secretID, Secret: secretKey, Token: secretToken})
	_, err = x.fetch(hourly, aDay)
	if got := x.failure(err); got.Class != flow.Transient || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%s: %v", got.Class, err)
	}
}

// A renewal that fails while the key is valid fails no request, and is retried after a pause, not with every request.
func TestARenewalThatFailsIsTriedAgainLater(t *testing.T) {
	x := take(t, nil, newRig(t))
	x.many(1)
	first := x.signer()
	x.faults(apisim.Fault{Code: "InternalError", Count: 1, Match: apisim.Match{Action: takeRole}})
	x.pass(keyLife/2 + 5*time.Second)
	x.until(func() bool { return x.taken() == 2 })
	x.many(100)
	if n := x.taken(); n != 2 {
		t.Errorf("the role was requested %d times", n)
	}
	x.pass(11 * time.Second)
	x.until(func() bool { return x.signer() != first })
	if n := x.taken(); n != 3 {
		t.Errorf("the role was requested %d times", n)
	}
}
