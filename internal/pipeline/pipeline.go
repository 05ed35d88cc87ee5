// Package pipeline plans what is due, has it extracted and transformed, and stores it. One time through is a pass.
//
// Plan computes the due windows of a series from the ledger. A dispatcher hands them out, the newest first over all
// series of an account and granularity. What the API refuses is halved, the newest half first, until the cause is
// known: the window's length, its age, or a bad bucket (see diagnose). Every answer on the way is stored.
//
// A bucket becomes unavailable only after the API refused it, or a newer one, of its own series, and older ones too.
// What another series has shown says where to ask first, and never what to leave out.
//
// Invariant: a window's ledger entry is written after everything that it vouches for, and a failed attempt never
// replaces a successful one. The next plan is computed from the ledger alone; there is no cursor or watermark that
// could be wrong.
package pipeline

import (
	"context"
	"log/slog"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// API requests one window. Fetch calls stamp right before it sends each request; the answer carries the last stamp. Its
// errors are *flow.Error, or the context's.
type API interface {
	Fetch(ctx context.Context, s flow.Series, w flow.Window, stamp func() flow.Stamp) (flow.Answer, error)
}

// Warehouse keeps facts, their history and the ledger. Every error it returns is a *flow.Error of class Warehouse,
// or the context's.
type Warehouse interface {
	// Configure records what the configuration says about every series, for the views.
	Configure(ctx context.Context, settings []flow.Setting, now time.Time) error
	// Clock returns the warehouse's time in microseconds since 1970, or the highest version that is stored anywhere
	// if that is later.
	Clock(ctx context.Context) (uint64, error)
	// LedgerSpans yields the spans of each series of an account and granularity that the ledger has within a range. A
	// series comes once; one without spans does not come.
	LedgerSpans(
		ctx context.Context, account string, c flow.Calendar, within flow.Window, finality time.Duration,
		yield func(flow.Series, []flow.LedgerSpan) error,
	) error
	// Limits returns what was learned about the longest window of an account and granularity; zero for nothing.
	Limits(ctx context.Context, account string, g flow.Granularity) (flow.Limits, error)
	// KeepLimits writes what Limits returns from now on.
	KeepLimits(
		ctx context.Context, runID, account string, g flow.Granularity, l flow.Limits, now time.Time,
	) error
	// Store compares attempts with what the warehouse holds, calls accept for each accepted one, and writes history,
	// facts and ledger, in this order. It sets Revised and Retracted. Repeating it is harmless. held is in the order of
	// the attempt's facts, nil where the warehouse holds nothing.
	Store(
		ctx context.Context, runID string, attempts []flow.Attempt,
		accept func(a *flow.Attempt, held []flow.Held),
	) error
	// Record writes the state of a run. It waits while the warehouse is away.
	Record(ctx context.Context, run flow.Run, now time.Time) error
	// Note is Record with one short try.
	Note(ctx context.Context, run flow.Run, now time.Time) error
}

// Account is one account with its API.
type Account struct {
	Name string
	Zone *time.Location // its days start at midnight there
	API  API
}

// Settings are the configuration's; a map has one value a granularity.
type Settings struct {
	Start      time.Time // the date on which extraction starts, as midnight UTC
	Settle     map[flow.Granularity]time.Duration
	Refresh    map[flow.Granularity]time.Duration
	MaxBuckets map[flow.Granularity]int
	Finality   time.Duration
	Record     bool // store an answer that disagrees with its own totals, with a remark, instead of failing it
}

// Order is what one pass is to do.
type Order struct {
	RunID         string // a UUID
	Command       string
	Series        []flow.Series // those of an account and granularity must be adjacent
	From, To      Moment        // the range, half-open; zero: from the configured start, to now
	Force         bool          // load all that has settled, not only what is due
	AcceptMissing bool          // store answers that lack buckets which the warehouse holds
}

// Moment is one end of a range: an instant, or a civil date, which starts at another instant in each time zone.
type Moment struct {
	Instant time.Time
	Date    time.Time // midnight UTC of the date
}

// In returns the instant, for a date its start in the time zone of c, and def for a zero moment.
func (m Moment) In(c flow.Calendar, def time.Time) time.Time {
	switch {
	case !m.Instant.IsZero():
		return m.Instant
	case !m.Date.IsZero():
		return c.DateStart(m.Date)
	}
	return def
}

// Dependencies are what a runner needs from outside.
type Dependencies struct {
	Warehouse Warehouse
	Accounts  map[string]Account // by name
	All       []flow.Series      // every configured series, whatever a pass selects
	Now       func() time.Time
	Trace     trace.Trace
	Log       *slog.Logger
	Program   string // its version, for the view runs
}

// Runner runs passes, one at a time.
type Runner struct {
	settings   Settings
	deps       Dependencies
	unrecorded []runState // ends of runs that the warehouse was away for
}

// New returns a runner; it does nothing yet.
func New(settings Settings, deps Dependencies) *Runner {
	deps.Trace = trace.Join(deps.Trace)
	return &Runner{settings: settings, deps: deps}
}
