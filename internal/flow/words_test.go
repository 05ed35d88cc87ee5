package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestSeriesString(t *testing.T) {
	s := flow.Series{Account: "main", Granularity: flow.Hourly, Region: flow.MainlandChina, Gateway: flow.Public,
		Traffic: flow.Uplink}
	if got, want := s.String(), "main/hourly/MC/public/uplink"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

// TestTheWordsOfTheContract: the warehouse stores these words, so another spelling would need a migration.
func TestTheWordsOfTheContract(t *testing.T) {
	for want, got := range map[string]string{
		"hourly, daily":           flow.Join(flow.Granularities()),
		"ALL, MC, AP, EU, AM":     flow.Join(flow.Regions()),
		"uplink, downlink, total": flow.Join(flow.TrafficTypes()),
		"public, private":         flow.Join(flow.GatewayTypes()),
		"":                        flow.Join([]flow.Region(nil)),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want, fault string }{
		{"MC", "MC", ""},
		{"ALL", "ALL", ""},
		{"mc", "", `"mc" is not one of ALL, MC, AP, EU, AM`},
		{"", "", `"" is not one of ALL, MC, AP, EU, AM`},
		{" MC", "", `" MC" is not one of ALL, MC, AP, EU, AM`},
		{"MC,AP", "", `"MC,AP" is not one of ALL, MC, AP, EU, AM`},
	} {
		got, err := flow.Parse(c.text, flow.Regions())
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if string(got) != c.want || fault != c.fault {
			t.Errorf("Parse(%q) = %q, %q; want %q, %q", c.text, got, fault, c.want, c.fault)
		}
	}
}

func hour(n int) time.Time { return day(2026, 1, 1).Add(time.Duration(n) * time.Hour) }

func hours(from, to int) flow.Window { return flow.Window{Begin: hour(from), End: hour(to)} }

func TestWindowIsHalfOpen(t *testing.T) {
	w := hours(2, 4)
	for _, c := range []struct {
		at   time.Time
		want bool
	}{
		{hour(2).Add(-1), false}, {hour(2), true}, {hour(3), true}, {hour(4).Add(-1), true}, {hour(4), false},
	} {
		if got := w.Contains(c.at); got != c.want {
			t.Errorf("%s contains %s: %t", w, c.at, got)
		}
	}
	for _, c := range []struct {
		w    flow.Window
		want bool
	}{
		{flow.Window{}, true}, {hours(2, 2), true}, {hours(3, 2), true},
		{flow.Window{Begin: hour(2), End: hour(2).Add(1)}, false},
	} {
		if got := c.w.Empty(); got != c.want {
			t.Errorf("%s is empty: %t", c.w, got)
		}
	}
}

func TestWindowIntersect(t *testing.T) {
	for _, c := range []struct {
		what       string
		a, b, want flow.Window
	}{
		{"overlapping", hours(1, 5), hours(3, 8), hours(3, 5)},
		{"one inside the other", hours(1, 8), hours(3, 5), hours(3, 5)},
		{"the same", hours(1, 5), hours(1, 5), hours(1, 5)},
		{"touching", hours(1, 3), hours(3, 5), hours(3, 3)},
		{"apart", hours(1, 2), hours(4, 5), hours(4, 2)},
	} {
		for _, got := range []flow.Window{c.a.Intersect(c.b), c.b.Intersect(c.a)} {
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.what, diff)
			}
			if got.Empty() != c.want.Empty() {
				t.Errorf("%s: empty = %t", c.what, got.Empty())
			}
		}
	}
}

func TestWindowString(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	w := flow.Window{Begin: at(t, "2026-01-01").In(shanghai), End: at(t, "2026-02-01").In(shanghai)}
	if got, want := w.String(), "[2026-01-01T00:00Z, 2026-02-01T00:00Z)"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}
