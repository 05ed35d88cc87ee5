package apisim_test

import (
	"context"
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

func (g *rig) fault(rules ...apisim.Fault) {
	g.Helper()
	if err := g.sim.AddFaults(rules...); err != nil {
		g.Fatal(err)
	}
}

func TestReplacingFaults(t *testing.T) {
	right := newRig(t).send(aDay()).raw
	for _, c := range []struct {
		fault apisim.Fault
		check func(got reply, err error) bool
	}{
		{apisim.Fault{Code: "InternalError.MonitorDataRequestError", Message: "m"}, func(got reply, err error) bool {
			return err == nil && got.status == 200 && got.code() == "InternalError.MonitorDataRequestError" &&
				got.Response.RequestId != ""
		}},
		{apisim.Fault{Code: "InternalError", HTTPStatus: 503},
			func(got reply, err error) bool { return got.status == 503 && got.code() == "InternalError" }},
		{apisim.Fault{Kind: apisim.FaultHTML502},
			func(got reply, err error) bool { return got.status == 502 && strings.HasPrefix(got.raw, "<html>") }},
		{apisim.Fault{Kind: apisim.FaultReset},
			func(got reply, err error) bool { return got.status == 0 && errors.Is(err, syscall.ECONNRESET) }},
		{apisim.Fault{Kind: apisim.FaultResetBody}, func(got reply, err error) bool {
			return got.status == 200 && errors.Is(err, io.ErrUnexpectedEOF) && len(got.raw) == len(right)/2
		}},
		{apisim.Fault{Kind: apisim.FaultTruncate}, func(got reply, err error) bool {
			return got.status == 200 && err != nil && !errors.Is(err, io.ErrUnexpectedEOF) &&
				len(got.raw) == len(right)/2
		}},
		{apisim.Fault{Kind: apisim.FaultGarbage},
			func(got reply, err error) bool { return got.status == 200 && err != nil }},
		{apisim.Fault{Kind: apisim.FaultEmptyObject},
			func(got reply, err error) bool { return err == nil && got.raw == "{}" }},
		{apisim.Fault{Kind: apisim.FaultNullResponse},
			func(got reply, err error) bool { return err == nil && got.raw == `{"Response":null}` }},
	} {
		t.Run(c.fault.Kind+c.fault.Code, func(t *testing.T) {
			g := newRig(t)
			c.fault.Count = 1
			g.fault(c.fault)
			if got, err := g.exchange(g.signed(aDay())); !c.check(got, err) {
				t.Errorf("status %d, %v: %s", got.status, err, got.raw)
			}
			if got := g.send(aDay()); got.code() != "" || len(got.raw) != len(right) {
				t.Errorf("afterwards: %s", got.raw)
			}
			if n := g.sim.Faults()[0]; n.Fired != 1 || n.Remaining != 0 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestHang(t *testing.T) {
	g := newRig(t)
	g.fault(apisim.Fault{Kind: apisim.FaultHang})
	ctx, leave := context.WithCancel(context.Background())
	gone := make(chan error)
	go func() {
		_, err := g.exchange(g.signed(aDay()).WithContext(ctx))
		gone <- err
	}()
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSlow(t *testing.T) {
	var waited time.Duration
	g := newRig(t, func(o *apisim.Options) {
		o.Wait = func(_ context.Context, d time.Duration) error { waited = d; return nil }
	})
	g.fault(apisim.Fault{Kind: apisim.FaultSlow, Latency: apisim.Duration(time.Hour)})
	if got := g.send(aDay()); got.code() != "" || waited != time.Hour {
		t.Errorf("waited %s: %s", waited, got.raw)
	}
}

// TestPayloadFaults: each changes the points as documented, and the totals agree with them unless Consistent is false.
func TestPayloadFaults(t *testing.T) {
	no := false
	g := newRig(t, func(o *apisim.Options) { o.Settings = apisim.DefaultSettings(); o.Settings.Rate = 0 })
	right := g.send(aDay())
	n := len(right.Response.NetDetails)
	first, end := noon.Add(-60*time.Hour), noon.Add(-36*time.Hour)
	for _, c := range []struct {
		kind  string
		sums  bool // totals are over the points
		check func(got reply, times []time.Time) bool
	}{
		{apisim.FaultShuffle, true, func(got reply, times []time.Time) bool {
			sorted := slices.SortedFunc(slices.Values(times), time.Time.Compare)
			return !slices.Equal(sorted, times) && len(slices.Compact(sorted)) == n
		}},
		{apisim.FaultDuplicateSame, true, func(got reply, times []time.Time) bool {
			return len(times) == n+1 && times[n/2].Equal(times[n/2+1]) &&
				cmp.Equal(got.Response.NetDetails[n/2], got.Response.NetDetails[n/2+1])
		}},
		{apisim.FaultDuplicateOther, true, func(got reply, times []time.Time) bool {
			return len(times) == n+1 && times[n/2].Equal(times[n/2+1]) &&
				!cmp.Equal(got.Response.NetDetails[n/2], got.Response.NetDetails[n/2+1])
		}},
		{apisim.FaultBeforeWindow, true, func(got reply, times []time.Time) bool {
			return times[0].Equal(first.Add(-time.Hour)) && len(times) == n+1
		}},
		{apisim.FaultAfterWindow, true, func(got reply, times []time.Time) bool {
			return times[n].Equal(end) && len(times) == n+1
		}},
		{apisim.FaultFarOutside, true, func(got reply, times []time.Time) bool {
			return times[n].Equal(end.Add(9 * time.Hour))
		}},
		{apisim.FaultTimeNotNumber, true, func(got reply, _ []time.Time) bool {
			return strings.Contains(got.raw, `"Time":"yesterday"`)
		}},
		{apisim.FaultNegative, true, func(got reply, _ []time.Time) bool {
			return strings.Contains(got.raw, `"Current":-`)
		}},
		{apisim.FaultCurrent1e30, false, func(got reply, _ []time.Time) bool {
			return strings.Contains(got.raw, `"Current":1e30,`) && got.Response.TotalValue == "1e30"
		}},
		{apisim.FaultCurrentString, true, func(got reply, _ []time.Time) bool {
			return strings.Contains(got.raw, `"Current":"`)
		}},
		{apisim.FaultDropOne, true, func(got reply, times []time.Time) bool { return len(times) == n-1 }},
		{apisim.FaultDropFifth, true, func(got reply, times []time.Time) bool { return len(times) == n-(n+2)/5 }},
		{apisim.FaultEmpty, true, func(got reply, times []time.Time) bool {
			return len(times) == 0 && strings.Contains(got.raw, `"NetDetails":[],"MaxValue":0`)
		}},
		{apisim.FaultOffBucket, true, func(got reply, times []time.Time) bool {
			return times[n/2].Equal(times[n/2].Truncate(time.Hour).Add(15*time.Minute)) && len(times) == n
		}},
	} {
		for _, consistent := range []*bool{nil, &no} {
			g.sim.ClearFaults()
			g.fault(apisim.Fault{Kind: c.kind, Consistent: consistent})
			got, _ := g.exchange(g.signed(aDay()))
			var times []time.Time
			sum := new(big.Rat)
			for i, p := range got.Response.NetDetails {
				if string(p.Time) != `"yesterday"` {
					times = append(times, got.time(g, i))
				}
				sum.Add(sum, decimal(t, p.Current))
			}
			if consistent != nil {
				if got.Response.TotalValue != right.Response.TotalValue ||
					got.Response.MaxValue != right.Response.MaxValue {
					t.Errorf("%s: totals of the original: %s", c.kind, got.raw)
				}
				continue
			}
			if !c.check(got, times) || c.sums && sum.Cmp(decimal(t, got.Response.TotalValue)) != 0 {
				t.Errorf("%s: %s", c.kind, got.raw)
			}
		}
	}
	if stats := g.sim.Stats(); stats.Faults[apisim.FaultEmpty] != 2 || stats.Answered != stats.Received {
		t.Errorf("stats: %+v", stats)
	}
}

func TestFaultMatching(t *testing.T) {
	g := newRig(t)
	day := noon.Add(-48 * time.Hour)
	g.fault(
		apisim.Fault{Code: "InternalError", After: 1, Count: 2,
			Match: apisim.Match{Granularity: "hourly", Region: "MC", Contains: day}},
		apisim.Fault{Code: "ServiceUnavailable", Match: apisim.Match{Region: "EU"}},
		apisim.Fault{Kind: apisim.FaultDropOne, Count: 1, Match: apisim.Match{Traffic: "uplink"}},
	)
	ask := func(region, traffic string, from, to time.Time) string {
		return g.send(window("hourly", region, "public", traffic, from, to)).code()
	}
	got := []string{
		ask("MC", "total", day, day.Add(time.Hour)),                       // passes first
		ask("MC", "total", day.Add(time.Hour), noon),                      // does not contain the moment
		ask("MC", "total", day, day.Add(time.Hour)),                       // the rule acts
		ask("EU", "total", day, day.Add(time.Hour)),                       // by the second rule
		ask("MC", "total", day.AddDate(0, 0, -1), noon),                   // struck
		ask("MC", "total", day, day.Add(time.Hour)),                       // used up
		ask("AP", "uplink", noon.AddDate(0, 0, 1), noon.AddDate(0, 0, 2)), // no points to drop: not counted
	}
	want := []string{"", "", "InternalError", "ServiceUnavailable", "InternalError", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var remaining []int
	for _, f := range g.sim.Faults() {
		remaining = append(remaining, f.Remaining)
	}
	if diff := cmp.Diff([]int{0, -1, 1}, remaining); diff != "" {
		t.Errorf("remaining (-want +got):\n%s", diff)
	}
	if g.sim.ClearFaults(); ask("EU", "total", day, noon) != "" {
		t.Error("a fault survives")
	}
	for _, wrong := range []apisim.Fault{{}, {Kind: "flood"}, {Kind: "hang", Count: -1},
		{Kind: "hang", HTTPStatus: 99}, {Kind: "hang", Match: apisim.Match{Region: "XX"}}} {
		if err := g.sim.AddFaults(wrong); err == nil {
			t.Errorf("accepted: %+v", wrong)
		}
	}
}
