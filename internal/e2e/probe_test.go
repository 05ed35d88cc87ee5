package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/probe"
)

// The API as each of its modes may turn out to be: the probe finds what was set, and the lines that it prints make a
// file in which a second probe finds nothing to change.
func TestProbeFindsTheTruth(t *testing.T) {
	t.Parallel()
	for _, c := range probedModes(t) {
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
	return fmt.Sprintf("%s %v\nstart %s\nsettle %v\nmax_window %v\n%s",
		c.Accounts[0].TimeZone, c.Accounts[0].RequestsPerSecond, e.Start, e.Settle, e.MaxWindow, e.AnswerCheck)
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

// Without traffic there is little to see: what is not shown stays open, and nothing follows from it.
func TestProbeWithoutTraffic(t *testing.T) {
	t.Parallel()
	r := newProbeRig(t, unlimited(), nil)
	long := apisim.Restatement{
		Begin: start.AddDate(-3, 0, 0), End: start.AddDate(1, 0, 0), Remove: true, At: start.AddDate(-1, 0, 0),
	}
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
		Begin: start.AddDate(-3, 0, 0), End: start.AddDate(1, 0, 0), Gateway: "public", Remove: true,
		At: start.AddDate(-1, 0, 0),
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
