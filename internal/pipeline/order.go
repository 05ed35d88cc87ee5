package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// group is the series of one account and granularity that a pass loads: they share a calendar, a range and the API's limits.
type group struct {
	account  Account
	calendar flow.Calendar
	series   []flow.Series
	grid     Grid // without a series
}

// groups cuts the order's series into groups and works out what may be asked of each at now.
func (r *Runner) groups(o Order, now time.Time) []group {
	var out []group
	for _, s := range o.Series {
		if n := len(out); n > 0 && out[n-1].account.Name == s.Account && out[n-1].calendar.Granularity() == s.Granularity {
			out[n-1].series = append(out[n-1].series, s)
			continue
		}
		account := r.deps.Accounts[s.Account]
		c := flow.NewCalendar(s.Granularity, account.Zone)
		settled := c.SettledBefore(now, r.settings.Settle[s.Granularity])
		within := flow.Window{
			Begin: c.Floor(o.From.In(c, c.DateStart(r.settings.Start))),
			End:   c.Ceil(o.To.In(c, settled)),
		}
		if within.End.After(settled) {
			within.End = settled
		}
		out = append(out, group{account: account, calendar: c, series: []flow.Series{s}, grid: Grid{
			Calendar: c, Range: within, Refresh: r.settings.Refresh[s.Granularity], Finality: r.settings.Finality,
			MaxBuckets: r.settings.MaxBuckets[s.Granularity], Force: o.Force,
		}})
	}
	return out
}

// Plan returns what a pass would ask for at this moment.
func (r *Runner) Plan(ctx context.Context, o Order) ([]Task, error) {
	now := r.deps.Now()
	var out []Task
	for _, g := range r.groups(o, now) {
		p, err := r.plan(ctx, g, now)
		if err != nil {
			return nil, err
		}
		for _, t := range p.tasks {
			if !t.TooOld {
				out = append(out, t)
			}
		}
	}
	return out, nil
}

// planned is a group with its windows, cut to what is known of the API's limits.
type planned struct {
	group  group
	limits *limits
	tasks  []Task
}

// plan returns the windows of a group, series by series in the order's order. Only they and the intervals of the series at hand grow with
// the range.
func (r *Runner) plan(ctx context.Context, g group, now time.Time) (planned, error) {
	out := planned{group: g, limits: &limits{}}
	if g.grid.Range.Empty() {
		return out, nil
	}
	learned, err := r.deps.Warehouse.Limits(ctx, g.account.Name, g.calendar.Granularity())
	if err != nil {
		return out, fmt.Errorf("planning %s/%s: %w", g.account.Name, g.calendar.Granularity(), err)
	}
	if now.Sub(learned.Learned) < unavailableFor {
		out.limits.span = learned.Span
		if !g.grid.Force {
			out.limits.horizon = learned.Horizon
		}
	}
	due := make(map[flow.Series][]Task, len(g.series))
	selected := make(map[flow.Series]bool, len(g.series))
	for _, s := range g.series {
		selected[s] = true
	}
	one := func(s flow.Series, known []flow.Known) []Task {
		grid := g.grid
		grid.Series = s
		return Plan(grid, known, now)
	}
	err = r.deps.Warehouse.Known(ctx, g.account.Name, g.calendar, g.grid.Range, g.grid.Finality, func(s flow.Series, known []flow.Known) error {
		if selected[s] {
			due[s] = one(s, known)
		}
		return ctx.Err()
	})
	if err != nil {
		return out, fmt.Errorf("planning %s/%s: %w", g.account.Name, g.calendar.Granularity(), err)
	}
	for _, s := range g.series {
		tasks, ok := due[s]
		if !ok {
			tasks = one(s, nil)
		}
		for _, t := range tasks {
			ask, tooOld := out.limits.apply(t)
			if tooOld != nil {
				out.tasks = append(out.tasks, *tooOld)
			}
			out.tasks = append(out.tasks, ask...)
		}
	}
	return out, nil
}
