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
	grid     Grid        // without a series
	all      flow.Window // the range, and what is configured before it
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
		all := within
		if start := c.Floor(c.DateStart(r.settings.Start)); start.Before(all.Begin) {
			all.Begin = start
		}
		out = append(out, group{account: account, calendar: c, series: []flow.Series{s}, all: all, grid: Grid{
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
		for _, l := range p.lanes {
			out = append(out, l.tasks...)
		}
	}
	return out, nil
}

// planned is a group with what is due of its series, and what earlier passes have learned of the API.
type planned struct {
	group   group
	length  length
	lanes   []*lane
	regions map[flow.Region]*region
	windows int
}

// plan returns what is due of a group. Only that and the intervals of the series at hand grow with the range.
func (r *Runner) plan(ctx context.Context, g group, now time.Time) (planned, error) {
	out := planned{group: g, regions: map[flow.Region]*region{}}
	if g.grid.Range.Empty() {
		return out, nil
	}
	limits, err := r.deps.Warehouse.Limits(ctx, g.account.Name, g.calendar.Granularity())
	if err != nil {
		return out, fmt.Errorf("planning %s/%s: %w", g.account.Name, g.calendar.Granularity(), err)
	}
	out.length = newLength(limits, now)
	lanes := make(map[flow.Series]*lane, len(g.series))
	for _, s := range g.series {
		lanes[s] = &lane{series: s}
		out.lanes = append(out.lanes, lanes[s])
	}
	grid := g.grid
	grid.MaxBuckets = out.length.longest(grid.MaxBuckets)
	seen := make(map[flow.Series]bool, len(g.series))
	one := func(l *lane, known []flow.LedgerSpan) {
		seen[l.series] = true
		grid.Series = l.series
		l.plan(grid, g.all, known, now)
	}
	err = r.deps.Warehouse.LedgerSpans(ctx, g.account.Name, g.calendar, g.all, g.grid.Finality, func(s flow.Series, known []flow.LedgerSpan) error {
		out.region(s).read(known, g.calendar, now)
		if l := lanes[s]; l != nil {
			one(l, known)
		}
		return ctx.Err()
	})
	if err != nil {
		return out, fmt.Errorf("planning %s/%s: %w", g.account.Name, g.calendar.Granularity(), err)
	}
	for _, l := range out.lanes {
		if !seen[l.series] {
			one(l, nil)
		}
		out.region(l.series)
		out.windows += len(l.tasks)
	}
	return out, nil
}

// region is what is known of the series' region.
func (p *planned) region(s flow.Series) *region {
	if p.regions[s.Region] == nil {
		p.regions[s.Region] = &region{}
	}
	return p.regions[s.Region]
}
