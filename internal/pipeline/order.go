package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// group is the series of one account and granularity that a pass loads. They share a calendar, a range and the API's
// limits.
type group struct {
	account  Account
	calendar flow.Calendar
	series   []flow.Series
	grid     Grid        // without a series
	all      flow.Window // the grid's range, and what is configured before it
}

// groups cuts the order's series into groups and works out their ranges at now.
func (r *Runner) groups(o Order, now time.Time) []group {
	var out []group
	for _, s := range o.Series {
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.account.Name == s.Account && last.calendar.Granularity() == s.Granularity {
				last.series = append(last.series, s)
				continue
			}
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

// Plan returns what a pass would request at this moment. It writes nothing. An error is the warehouse's, or the
// context's.
func (r *Runner) Plan(ctx context.Context, o Order) ([]Task, error) {
	now := r.deps.Now()
	var out []Task
	for _, g := range r.groups(o, now) {
		p, err := r.plan(ctx, g, now)
		if err != nil {
			return nil, err
		}
		for _, s := range p.series {
			out = append(out, s.tasks...)
		}
	}
	return out, nil
}

// planned is a group with the due tasks of its series, and what earlier passes have learned about the API.
type planned struct {
	group   group
	limit   lengthLimit
	series  []*seriesState
	regions map[flow.Region]*region
	windows int
}

// plan returns the due tasks of a group. Only they, and the ledger's spans of the series at hand, grow with the range.
func (r *Runner) plan(ctx context.Context, g group, now time.Time) (planned, error) {
	out := planned{group: g, regions: map[flow.Region]*region{}}
	if g.grid.Range.Empty() {
		return out, nil
	}
	account, granularity := g.account.Name, g.calendar.Granularity()
	limits, err := r.deps.Warehouse.Limits(ctx, account, granularity)
	if err != nil {
		return out, fmt.Errorf("planning %s/%s: %w", account, granularity, err)
	}
	out.limit = newLengthLimit(limits, now)
	states := make(map[flow.Series]*seriesState, len(g.series))
	for _, s := range g.series {
		states[s] = &seriesState{series: s}
		out.series = append(out.series, states[s])
	}
	grid := g.grid
	grid.MaxBuckets = out.limit.longest(grid.MaxBuckets)
	seen := make(map[flow.Series]bool, len(g.series))
	one := func(s *seriesState, ledger []flow.LedgerSpan) {
		seen[s.series] = true
		grid.Series = s.series
		s.plan(grid, g.all, ledger, now)
	}
	yield := func(s flow.Series, ledger []flow.LedgerSpan) error {
		out.region(s).read(ledger, g.calendar, now) // of a series that is not ordered, too
		if state := states[s]; state != nil {
			one(state, ledger)
		}
		return ctx.Err()
	}
	err = r.deps.Warehouse.LedgerSpans(ctx, account, g.calendar, g.all, g.grid.Finality, yield)
	if err != nil {
		return out, fmt.Errorf("planning %s/%s: %w", account, granularity, err)
	}
	for _, s := range out.series {
		if !seen[s.series] {
			one(s, nil)
		}
		out.region(s.series)
		out.windows += len(s.tasks)
	}
	return out, nil
}

// region returns the state of a series' region.
func (p *planned) region(s flow.Series) *region {
	if p.regions[s.Region] == nil {
		p.regions[s.Region] = &region{}
	}
	return p.regions[s.Region]
}
