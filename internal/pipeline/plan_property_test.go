package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestPlanIsTheRuleForEveryBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, known, now := history(t)
		got := Plan(g, known, now)
		if diff := gocmp.Diff(lines(model(g, known, now)), lines(got)); diff != "" {
			t.Fatalf("Plan (+) is not the model's (-):\n%s%s", story(g, known, now), diff)
		}
		in := map[int64]int{}
		previous := g.Range.Begin
		for _, task := range got {
			w := task.Window
			if w.Begin.Before(previous) || w.End.After(g.Range.End) || w.Empty() {
				t.Fatalf("%s overlaps, is out of order, empty or out of range:\n%s", w, lines(got))
			}
			previous = w.End
			if !g.Calendar.Floor(w.Begin).Equal(w.Begin) || !g.Calendar.Floor(w.End).Equal(w.End) ||
				task.Buckets != g.Calendar.Count(w) ||
				task.RequestBuckets() > g.MaxBuckets {
				t.Fatalf("%s is off the buckets, miscounted or longer than %d:\n%s", w, g.MaxBuckets, lines(got))
			}
			if task.Series != g.Series || task.Calendar != g.Calendar {
				t.Fatalf("another series or calendar: %+v", task)
			}
			for b := range g.Calendar.Buckets(w) {
				in[b.Unix()]++
			}
		}
		for b := range g.Calendar.Buckets(g.Range) {
			if v := judge(g, known, now, b); v.due == "" && in[b.Unix()] != 0 || in[b.Unix()] > 1 {
				t.Fatalf("bucket %s is asked for %d times:\n%s%s", b, in[b.Unix()], story(g, known, now), lines(got))
			}
		}
	})
}

func TestPlanDoesNotDependOnTheOrderOfTheLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, known, now := history(t)
		want := lines(Plan(g, known, now))
		shuffled := rapid.Permutation(known).Draw(t, "order")
		if diff := gocmp.Diff(want, lines(Plan(g, shuffled, now))); diff != "" {
			t.Fatalf("%s%s", story(g, known, now), diff)
		}
	})
}

func lines(tasks []Task) string {
	var b strings.Builder
	for _, t := range tasks {
		fmt.Fprintf(&b, "%s ×%d %s", t.Window, t.Buckets, t.Due)
		if t.Doubt != "" {
			fmt.Fprintf(&b, ", %s: one question", t.Doubt)
		}
		if t.Failures > 0 {
			fmt.Fprintf(&b, " after %d", t.Failures)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func story(g Grid, known []flow.LedgerSpan, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s, at most %d, refresh %v, finality %v, force %v, now %s\n",
		g.Calendar.Granularity(), g.Calendar.Zone(), g.Range, g.MaxBuckets, g.Refresh, g.Finality, g.Force,
		now.Format(time.RFC3339Nano))
	byVersion := func(a, b flow.LedgerSpan) int { return cmp.Compare(a.Sent.Version, b.Sent.Version) }
	for _, k := range slices.SortedFunc(slices.Values(known), byVersion) {
		fmt.Fprintf(&b, "  %d %s %s %s sent %s failures %d\n",
			k.Sent.Version, k.State, k.Class, k.Window, k.Sent.At.Format(time.RFC3339Nano), k.Failures)
	}
	return b.String()
}
