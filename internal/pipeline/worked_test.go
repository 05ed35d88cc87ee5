package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// steps are the requests of a first backfill of one series, and then the ledger's entries: the numbers of buckets, the
// oldest being 0.
func (w *world) steps(t *testing.T) string {
	t.Helper()
	r, sent, entered := w.pass(t.Context(), Order{})
	if len(r.Errors) > 0 {
		t.Fatal(r.Errors)
	}
	c := w.calendar
	numbers := func(win flow.Window) string {
		n := c.Count(flow.Window{Begin: w.configured().Begin, End: win.Begin})
		return fmt.Sprintf("[%d,%d)", n, n+c.Count(win))
	}
	var out strings.Builder
	for _, q := range sent {
		fmt.Fprintf(&out, "%s %s\n", numbers(q.Window), map[bool]string{true: "refused", false: "answered"}[q.refused])
	}
	out.WriteString("ledger:")
	slices.SortFunc(entered, func(a, b flow.Attempt) int { return a.Window.Begin.Compare(b.Window.Begin) })
	for _, a := range entered {
		fmt.Fprintf(&out, " %s %s", numbers(a.Window), a.State)
	}
	return out.String()
}

// The examples in the comments of diagnose and classify are what happens.
func TestWorkedExamples(t *testing.T) {
	for _, tt := range []struct {
		name  string
		world func() *world
		want  string
	}{
		{"24 hours, hour 5 is bad", func() *world {
			w, _ := one("2026-03-09")
			w.now = at("2026-03-09T16:20")
			w.began = w.now
			poison(w.poisoned, w.series[0], w.configured().Begin.Add(5*time.Hour))
			return w
		}, `
[0,24) refused
[12,24) answered
[0,12) refused
[6,12) answered
[3,6) refused
[4,6) refused
[5,6) refused
[4,5) answered
[0,4) answered
ledger: [0,4) accepted [4,5) accepted [5,6) failed [6,12) accepted [12,24) accepted`},
		{"100 days, the API keeps 10", func() *world {
			w := newWorld(flow.Daily, "2025-11-30", "2026-03-10T10:20", []flow.Region{flow.Europe}, 1)
			w.kept[flow.Europe] = 11 * day
			return w
		}, `
[0,100) refused
[50,100) refused
[75,100) refused
[87,100) refused
[93,100) answered
[87,93) refused
[90,93) answered
[88,90) refused
[89,90) refused
[88,89) refused
[57,58) refused
[0,1) refused
ledger: [0,90) unavailable [90,93) accepted [93,100) accepted`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := gocmp.Diff(strings.TrimPrefix(tt.want, "\n"), tt.world().steps(t)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}
