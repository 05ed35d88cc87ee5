package pipeline

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

const day = 24 * time.Hour

// one is a world of one hourly series, and its bucket so many before the newest.
func one(start string) (*world, func(back int) time.Time) {
	w := newWorld(flow.Hourly, start, "2026-03-10T10:20", []flow.Region{flow.Europe}, 1)
	w.began, w.latency = w.now, time.Millisecond
	end := w.configured().End
	return w, func(back int) time.Time { return end.Add(-time.Duration(back) * time.Hour) }
}

func count(entered []flow.Attempt, s flow.State) (n int) {
	for _, a := range entered {
		if a.State == s {
			n++
		}
	}
	return n
}

// Whatever an API is like, all that it answers is stored after few passes, nothing is lost, and nothing is called
// unavailable that it has not refused of the same series.
func TestAnyWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity")
		days := rapid.IntRange(2, 400).Draw(t, "days")
		now := at("2026-03-10T10:20")
		regions := flow.Regions()[:rapid.IntRange(1, 5).Draw(t, "regions")]
		w := newWorld(g, now.AddDate(0, 0, -days).Format(time.DateOnly), now.Format(time.RFC3339), regions,
			rapid.IntRange(1, 3).Draw(t, "series"))
		w.latency = rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 20 * time.Second}).Draw(t, "latency")
		w.span = rapid.SampledFrom([]int{0, 0, rapid.IntRange(20, 800).Draw(t, "span")}).Draw(t, "limited")
		for _, r := range regions {
			switch rapid.IntRange(0, 3).Draw(t, "like") {
			case 0:
				w.kept[r] = time.Duration(rapid.IntRange(1, days*24+24).Draw(t, "kept"))*time.Hour + 7*time.Minute
			case 1:
				w.shut[r] = rapid.IntRange(0, 3).Draw(t, "shut") == 0
			}
		}
		w.began = w.now
		all := w.configured()
		n := w.calendar.Count(all)
		for i := range rapid.IntRange(0, 3).Draw(t, "faults") {
			s := rapid.SampledFrom(w.series).Draw(t, "of")
			m := rapid.SampledFrom([]map[flow.Series]map[int64]bool{w.poisoned, w.nonsense}).Draw(t, "fault")
			from, length := rapid.IntRange(0, n-1).Draw(t, "from"), 1
			if i == 0 { // several blocks might lie where it is looked whether anything older is answered
				length = rapid.SampledFrom([]int{1, 2, 24}).Draw(t, "buckets")
			}
			if n < 100 && i > 0 || n >= 100 && from < 50 {
				continue // nor, likewise, near the start of all
			}
			if kept := w.kept[s.Region]; kept > 0 &&
				w.calendar.Skip(all.Begin, from).Before(w.now.Add(-kept+100*day)) && length > 1 {
				continue // a few buckets between a block and the end of what is kept cannot be told from what is older
			}
			for i := range min(length, n-from) {
				poison(m, s, w.calendar.Skip(all.Begin, from+i))
			}
		}
		var cost []int
		for range 12 {
			r, sent, entered := w.pass(context.Background(), Order{})
			cost = append(cost, len(sent))
			if got := r.Run.Accepted + r.Run.Failed + r.Run.Unavailable; got != r.Run.Windows ||
				r.Run.Requests != len(sent) || len(entered) != got {
				t.Fatalf("%d windows planned, %d entered, %d told; %d requests told, %d sent",
					r.Run.Windows, len(entered), got, r.Run.Requests, len(sent))
			}
			w.advance(time.Hour)
		}
		w.judge(t)
		t.Logf("requests %v", cost)
	})
}
