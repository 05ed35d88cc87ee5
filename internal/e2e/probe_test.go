package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/probe"
)

// probeRig is what a probe needs: a simulated API and a configuration file. The warehouse that it names does not exist.
type probeRig struct {
	rig
	endpoint string
}

func newProbeRig(t *testing.T, settings apisim.Settings, wait func(context.Context, time.Duration) error) *probeRig {
	t.Helper()
	r := &probeRig{rig: rig{t: t, now: start, config: filepath.Join(t.TempDir(), "config.yaml"), env: keyEnv}}
	r.sim = apisim.New(apisim.Options{
		SecretID: apisim.DefaultID, SecretKey: apisim.DefaultSecret, Seed: 1, Settings: settings, Now: r.clock, Wait: wait,
	})
	r.endpoint = serve(t, r.sim)
	r.write("", "")
	return r
}

// write writes the file with lines for its account and lines for its end.
func (r *probeRig) write(account, rest string) {
	r.t.Helper()
	file := fmt.Sprintf("accounts:\n  - name: main\n    endpoint: %s\n    requests_per_second: 20\n%sclickhouse: {addresses: [\"127.0.0.1:1\"]}\n%s",
		r.endpoint, account, rest)
	if err := os.WriteFile(r.config, []byte(file), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// follow puts the lines that a probe printed into the file.
func (r *probeRig) follow(lines string) {
	account, rest := "", lines
	if after, ok := strings.CutPrefix(lines, "accounts:\n  - name: main\n"); ok {
		account, rest, _ = strings.Cut(after, "extract:\n")
		if rest != "" {
			rest = "extract:\n" + rest
		}
	}
	r.write(account, rest)
}

// probe runs the command and reads what it prints for scripts. It checks what holds for every probe.
func (r *probeRig) probe(code int, args ...string) (probe.Results, result) {
	r.t.Helper()
	r.sim.ResetStats()
	got := r.do(append([]string{"probe", "--output", "json"}, args...)...)
	if got.code != code {
		r.t.Fatalf("want exit %d: %s", code, got)
	}
	var found probe.Results
	if err := json.Unmarshal([]byte(got.stdout), &found); err != nil {
		r.t.Fatalf("%v: %s", err, got)
	}
	ids := map[string]bool{}
	for _, q := range r.sim.Requests(0) {
		ids[q.RequestID] = true
	}
	for _, a := range found.Accounts {
		for _, f := range a.Findings {
			for _, id := range f.Requests {
				if !ids[id] {
					r.t.Errorf("%s names the request %s, which never was", f.Name, id)
				}
			}
			if f.State == probe.Found && len(f.Requests) == 0 {
				r.t.Errorf("%s names no request that shows it: %s", f.Name, f.Result)
			}
			if strings.Contains(f.Result, "%!") || strings.Contains(f.Result, "<nil>") {
				r.t.Errorf("%s: %s", f.Name, f.Result)
			}
		}
	}
	if n := r.sim.Stats().Received; len(found.Accounts) == 1 && n != found.Accounts[0].Requests {
		r.t.Errorf("it says that it sent %d requests, the API received %d", found.Accounts[0].Requests, n)
	}
	r.narrow(found)
	return found, got
}

// narrow checks that people see the findings within 80 columns.
func (r *probeRig) narrow(found probe.Results) {
	r.t.Helper()
	var table bytes.Buffer
	found.Print(&table)
	for line := range strings.SplitSeq(table.String(), "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			r.t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

// finding is one finding of the only account.
func finding(t *testing.T, f probe.Results, name string) probe.Finding {
	t.Helper()
	for _, finding := range f.Accounts[0].Findings {
		if finding.Name == name {
			return finding
		}
	}
	t.Fatalf("there is no finding %q", name)
	return probe.Finding{}
}

// The API as each of its modes may turn out to be: the probe finds what was set, and the lines that it prints make a
// file in which a second probe finds nothing to change.
func TestProbeFindsTheTruth(t *testing.T) {
	t.Parallel()
	both := func(p config.PerGranularity) func(*config.Config) {
		return func(c *config.Config) { c.Extract.MaxWindow = p }
	}
	zone := func(name string) func(*config.Config) {
		return func(c *config.Config) {
			l, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			c.Accounts[0].TimeZone = l
		}
	}
	const week, year = 7 * 24 * time.Hour, 366 * 24 * time.Hour
	october := func(day int) func(*config.Config) {
		return func(c *config.Config) { c.Extract.Start = config.Date{Year: 2026, Month: time.October, Day: day} }
	}
	record := func(c *config.Config) { c.Extract.AnswerCheck = config.RecordAnswer }
	for _, c := range []struct {
		name    string
		set     func(*apisim.Settings)
		most    int               // requests
		says    map[string]string // part of a finding's result
		follows []func(*config.Config)
	}{
		{"defaults", func(*apisim.Settings) {}, 18, map[string]string{
			"credentials": "takes the key", "clock": "to the second", "latency": "under way together", "rate limit": "not tested",
			"span hourly": "a request for 8784 hours (366 days) is answered; more was not tried", "span daily": "a request for 366 days is answered",
			"retention hourly": "back to 2024-11-18 09:00Z at least", "retention daily": "back to 2024-11-17 16:00Z at least",
			"daily points": "midnight in Asia/Shanghai (UTC+08:00)", "hourly points": "the start of its hour",
			"EndTime": "exclusive", "BeginTime": "starts before BeginTime does not come",
			"newest data": "the hour in progress, 2026-11-18 09:00Z, has a value 50m after it began", "totals": "agree with the points in all of",
			"fractions": "whole bytes", "directions": "uplink + downlink = total, on each of the 7 days to 2026-11-13",
			"regions": "MC + AP + EU + AM = ALL, on each of the 7 days", "hours of a day": "= the day, on each of the 7 days",
		}, nil},
		{"7 days of hours", func(s *apisim.Settings) { s.MaxSpanHourly = days(7) }, 22, map[string]string{
			"span hourly": "a request for 168 hours (7 days) is answered, one hour more is refused: the API answered InvalidParameterValue",
			"span daily":  "a request for 366 days is answered", "retention hourly": "back to 2024-11-18",
		}, []func(*config.Config){both(config.PerGranularity{Hourly: week, Daily: year})}},
		{"31 days of hours and days", func(s *apisim.Settings) { s.MaxSpanHourly, s.MaxSpanDaily = days(31), days(31) }, 27, map[string]string{
			"span hourly": "a request for 744 hours (31 days) is answered, one hour more is refused", "span daily": "a request for 31 days is answered, one day more is refused",
			"directions": "each of the 7 days", "hours of a day": "each of the 7 days",
		}, []func(*config.Config){both(config.PerGranularity{Hourly: 31 * 24 * time.Hour, Daily: 31 * 24 * time.Hour})}},
		{"odd spans", func(s *apisim.Settings) { s.MaxSpanHourly, s.MaxSpanDaily = apisim.Duration(100*time.Hour), days(11) }, 36, map[string]string{
			"span hourly": "a request for 100 hours is answered, one hour more is refused", "span daily": "a request for 11 days is answered, one day more is refused",
			"directions": "each of the 7 days", "hours of a day": "on the day to 2026-11-13",
		}, []func(*config.Config){both(config.PerGranularity{Hourly: 100 * time.Hour, Daily: 11 * 24 * time.Hour})}},
		{"one bucket at a time", func(s *apisim.Settings) { s.MaxSpanHourly, s.MaxSpanDaily = apisim.Duration(time.Hour), days(1) }, 32, map[string]string{
			"span hourly": "a request for 1 hour is answered, one hour more is refused", "span daily": "a request for 1 day is answered, one day more is refused",
			"EndTime": "no neighbouring buckets", "newest data": "refuses to answer for 48 hours at once", "directions": "on the day to",
		}, []func(*config.Config){both(config.PerGranularity{Hourly: time.Hour, Daily: 24 * time.Hour})}},
		{"30 days kept, older refused", func(s *apisim.Settings) { s.RetentionHourly, s.RetentionDaily = days(30), days(30) }, 30, map[string]string{
			"retention hourly": "kept from 2026-10-19 10:00Z on (30 days ago); the hour before is refused", "retention daily": "kept from 2026-10-19 16:00Z on (30 days ago); the day before is refused",
			"span hourly": "a request for 719 hours is answered, which is all that is kept", "span daily": "a request for 29 days is answered, which is all that is kept",
		}, []func(*config.Config){october(20)}},
		{"hours kept for 30 days, days for ever", func(s *apisim.Settings) { s.RetentionHourly = days(30) }, 30, map[string]string{
			"retention hourly": "kept from 2026-10-19 10:00Z on", "retention daily": "back to 2024-11-17",
		}, nil},
		{"30 days kept, older empty", func(s *apisim.Settings) {
			s.RetentionHourly, s.RetentionDaily, s.RetentionMode = days(30), days(30), apisim.RetentionEmpty
		}, 20, map[string]string{
			"retention hourly": "nothing before 2026-10-19 10:00Z (30 days ago), and no refusal", "retention daily": "nothing before 2026-10-19 16:00Z (30 days ago), and no refusal",
			"span hourly": "8784 hours",
		}, []func(*config.Config){october(20)}},
		{"30 days kept, older empty, 7 days at once", func(s *apisim.Settings) {
			s.RetentionHourly, s.RetentionDaily, s.RetentionMode = days(30), days(30), apisim.RetentionEmpty
			s.MaxSpanHourly, s.MaxSpanDaily = days(7), days(7)
		}, 36, map[string]string{
			"retention hourly": "nothing before 2026-10-19 10:00Z", "retention daily": "nothing before 2026-10-19 16:00Z",
			"span hourly": "a request for 168 hours (7 days) is answered, one hour more is refused", "span daily": "a request for 7 days is answered, one day more is refused",
		}, []func(*config.Config){october(20), both(config.PerGranularity{Hourly: week, Daily: week})}},
		{"30 days kept, 7 at once", func(s *apisim.Settings) {
			s.RetentionHourly, s.RetentionDaily, s.MaxSpanHourly, s.MaxSpanDaily = days(30), days(30), days(7), days(7)
		}, 34, map[string]string{
			"retention hourly": "kept from 2026-10-19 10:00Z on", "retention daily": "kept from 2026-10-19 16:00Z on",
			"span hourly": "a request for 168 hours (7 days) is answered, one hour more is refused", "span daily": "a request for 7 days is answered, one day more is refused",
		}, []func(*config.Config){october(20), both(config.PerGranularity{Hourly: week, Daily: week})}},
		{"an odd horizon of days", func(s *apisim.Settings) { s.RetentionDaily = days(101) }, 34, map[string]string{
			"retention daily": "kept from 2026-08-09 16:00Z on (101 days ago); the day before is refused", "retention hourly": "back to 2024-11-18",
		}, nil},
		{"days in UTC", func(s *apisim.Settings) { s.DayOffset = 0 }, 20, map[string]string{
			"daily points": "midnight in UTC (UTC+00:00), not in Asia/Shanghai", "hours of a day": "= the day, on each of the 7 days to 2026-11-13", "totals": "agree",
		}, []func(*config.Config){zone("UTC")}},
		{"days in UTC+9, 30 kept", func(s *apisim.Settings) {
			s.DayOffset, s.RetentionDaily = apisim.Duration(9*time.Hour), days(30)
		}, 30, map[string]string{
			"daily points": "midnight in Asia/Tokyo (UTC+09:00)", "retention daily": "kept from 2026-10-19 15:00Z on", "hours of a day": "= the day",
		}, []func(*config.Config){zone("Asia/Tokyo")}},
		{"days in UTC+5:30", func(s *apisim.Settings) { s.DayOffset = apisim.Duration(330 * time.Minute) }, 20, map[string]string{
			"daily points": "midnight in Asia/Kolkata (UTC+05:30)", "hours of a day": "do not start on the hour", "directions": "= total, on each of the 7 days",
		}, []func(*config.Config){zone("Asia/Kolkata")}},
		{"EndTime inclusive", func(s *apisim.Settings) { s.EndInclusive = true }, 18, map[string]string{"EndTime": "inclusive", "BeginTime": "does not come"}, nil},
		{"a point before BeginTime", func(s *apisim.Settings) { s.PointBeforeBegin = true }, 18, map[string]string{
			"BeginTime": "the one before it too", "EndTime": "exclusive", "retention hourly": "back to 2024-11-18 09:00Z", "totals": "agree",
		}, nil},
		{"fractions", func(s *apisim.Settings) { s.Fractional = true }, 18, map[string]string{
			"fractions": "have fractions of a byte", "totals": "agree", "directions": "= total, on each", "regions": "= ALL, on each", "hours of a day": "= the day, on each",
		}, nil},
		{"bits for a total", func(s *apisim.Settings) { s.WrongTotal = 8 }, 18, map[string]string{"totals": "disagree with the points"}, []func(*config.Config){record}},
		{"a wrong maximum", func(s *apisim.Settings) { s.WrongMax = 0.5 }, 18, map[string]string{"totals": "MaxValue"}, []func(*config.Config){record}},
		{"hours stamped at half past", func(s *apisim.Settings) { s.HourlyOffset = apisim.Duration(30 * time.Minute) }, 18, map[string]string{
			"hourly points": "30m0s after the start of its hour", "hours of a day": "= the day, on each", "EndTime": "exclusive", "newest data": "09:00Z",
		}, nil},
		{"data 50 minutes late", func(s *apisim.Settings) { s.DataLag = apisim.Duration(50 * time.Minute) }, 18, map[string]string{
			"newest data": "the newest value is that of 2026-11-18 08:00Z; the next hour began 50m ago and has none: data come 50m to 1h50m late",
		}, []func(*config.Config){func(c *config.Config) { c.Extract.Settle.Hourly = 70 * time.Minute }}},
		{"a clock 2 minutes off", func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(2 * time.Minute) }, 18, map[string]string{"clock": "behind the API's: set it (NTP)"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings := unlimited()
			c.set(&settings)
			r := newProbeRig(t, settings, nil)
			found, _ := r.probe(0)
			for name, part := range c.says {
				if f := finding(t, found, name); !strings.Contains(f.Result, part) || f.State == probe.Failed {
					t.Errorf("%s is %s: %s\nwant: %s", name, f.State, f.Result, part)
				}
			}
			n := found.Accounts[0].Requests
			t.Logf("%d requests", n)
			if n > c.most {
				t.Errorf("%d requests, want at most %d", n, c.most)
			}

			want, got := config.Default(), config.Default()
			for _, f := range c.follows {
				f(want)
			}
			if found.Config != "" {
				var err error
				if got, err = config.Parse("lines", []byte(found.Config), keyEnv); err != nil {
					t.Fatalf("%v in\n%s", err, found.Config)
				}
			}
			if diff := cmp.Diff(summary(want), summary(got)); diff != "" {
				t.Errorf("the configuration that follows (-want +got):\n%s%s", diff, found.Config)
			}
			if found.Config == "" {
				return
			}
			r.follow(found.Config)
			again, _ := r.probe(0)
			if again.Config != "" {
				t.Errorf("with the lines\n%s\na second probe wants\n%s", found.Config, again.Config)
			}
		})
	}
}

// summary is what a probe may change of a configuration.
func summary(c *config.Config) string {
	e := c.Extract
	return fmt.Sprintf("%s %v\nstart %s\nsettle %v\nmax_window %v\n%s", c.Accounts[0].TimeZone, c.Accounts[0].RequestsPerSecond, e.Start, e.Settle, e.MaxWindow, e.AnswerCheck)
}

// A limit of every kind at an odd place: within the requests that it may take the probe names what surely holds, and
// brackets the rest.
func TestProbeIsBounded(t *testing.T) {
	t.Parallel()
	s := unlimited()
	s.MaxSpanHourly, s.MaxSpanDaily = apisim.Duration(101*time.Hour), days(47)
	s.RetentionHourly, s.RetentionDaily = apisim.Duration(2431*time.Hour), days(201)
	s.DayOffset = apisim.Duration(-11 * time.Hour)
	r := newProbeRig(t, s, nil)
	found, _ := r.probe(0)
	if n := found.Accounts[0].Requests; n > 42 {
		t.Errorf("%d requests", n)
	}
	c, err := config.Parse("lines", []byte(found.Config), keyEnv)
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Extract.MaxWindow; w.Hourly > 101*time.Hour || w.Daily > 47*24*time.Hour {
		t.Errorf("max_window %v would be refused", w)
	}
	if name := c.Accounts[0].TimeZone.String(); name != "Etc/GMT+11" {
		t.Errorf("time_zone %s", name)
	}
}

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
	for offset, says := range map[time.Duration]string{10 * time.Minute: "10m0s behind", -10 * time.Minute: "10m0s ahead of"} {
		s := unlimited()
		s.ClockOffset = apisim.Duration(offset)
		r := newProbeRig(t, s, nil)
		found, got := r.probe(4)
		mention(t, finding(t, found, "credentials").Result, "AuthFailure.SignatureExpire", "NTP")
		f := finding(t, found, "clock")
		if f.State != probe.Wrong || !strings.Contains(strings.NewReplacer("9m59s", "10m0s", "10m1s", "10m0s").Replace(f.Result), says) {
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

// Without traffic there is little to see: what is not shown stays open, and nothing follows from it.
func TestProbeWithoutTraffic(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	long := apisim.Restatement{Begin: start.AddDate(-3, 0, 0), End: start.AddDate(1, 0, 0), Remove: true, At: start.AddDate(-1, 0, 0)}
	if err := r.sim.Restate(long); err != nil {
		t.Fatal(err)
	}
	found, _ := r.probe(0)
	for _, f := range found.Accounts[0].Findings {
		want := probe.Open
		switch f.Name {
		case "credentials", "clock", "latency", "span hourly", "span daily":
			want = probe.Found
		}
		if f.State != want {
			t.Errorf("%s is %s: %s", f.Name, f.State, f.Result)
		}
	}
	if found.Config != "" {
		t.Error(found.Config)
	}
}

func TestProbeOfPrivateGatewaysAlone(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	if err := r.sim.Restate(apisim.Restatement{
		Begin: start.AddDate(-3, 0, 0), End: start.AddDate(1, 0, 0), Gateway: "public", Remove: true, At: start.AddDate(-1, 0, 0),
	}); err != nil {
		t.Fatal(err)
	}
	found, _ := r.probe(0)
	mention(t, found.Accounts[0].Series, "private")
	for _, f := range found.Accounts[0].Findings {
		if f.State != probe.Found && f.Name != "rate limit" {
			t.Errorf("%s is %s: %s", f.Name, f.State, f.Result)
		}
	}
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

// What accounts share suits all of them; one that is denied keeps no other from being asked.
func TestProbeOfManyAccounts(t *testing.T) {
	t.Parallel()
	week, month := unlimited(), unlimited()
	week.MaxSpanHourly, month.MaxSpanHourly = days(7), days(30)
	month.DayOffset = 0
	r, other := newProbeRig(t, week, nil), newProbeRig(t, month, nil)
	file := fmt.Sprintf(`accounts:
  - {name: denied, endpoint: %s, credentials: {source: static, secret_id: AKIDnobody, secret_key: x}}
  - {name: week, endpoint: %[1]s, requests_per_second: 20}
  - {name: month, endpoint: %s, requests_per_second: 20}
`, r.endpoint, other.endpoint)
	if err := os.WriteFile(r.config, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{nil, 4, []string{"hourly: 7d", "account week", "- name: month\n", "time_zone: UTC"}},
		{[]string{"--account", "week,month"}, 0, []string{"hourly: 7d", "time_zone: UTC"}},
		{[]string{"--account", "month"}, 0, []string{"hourly: 30d", "time_zone: UTC"}},
	} {
		got := r.do(append([]string{"probe"}, c.args...)...)
		if got.code != c.code {
			t.Errorf("%v: %s", c.args, got)
		}
		mention(t, got.stdout, c.says...)
	}
	for _, args := range [][]string{{"--account", "nobody"}, {"--output", "xml"}, {"now"}} {
		if got := r.do(append([]string{"probe"}, args...)...); got.code != 2 || got.stdout != "" {
			t.Errorf("%v: %s", args, got)
		}
	}
}

// A probe stores nothing: it leaves no file, and needs no warehouse.
func TestProbeStoresNothing(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	before, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	r.probe(0)
	after, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Dir(r.config))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || !bytes.Equal(before, after) {
		t.Errorf("files %v, configuration now:\n%s", files, after)
	}
}
