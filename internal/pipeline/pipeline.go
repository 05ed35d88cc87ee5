// Package pipeline plans what is due, has it extracted and transformed, and stores it: one pass.
//
// The newest windows of all series come first. What the API refuses is learned by halving, the newest half first, and every answer is stored.
// A bucket is unavailable only when the API refused it, or a newer one, of its own series, and older ones farther and farther back; what
// another series taught says where to ask first, never what to leave out.
//
// Invariant: a window's ledger entry is written after everything that it vouches for, the next plan is computed from the ledger alone, and
// an attempt that failed never replaces one that succeeded. There is no other state: no cursor, no watermark to corrupt.
package pipeline

import (
	"context"
	"log/slog"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// API asks for one window. stamp is called right before each request is sent.
type API interface {
	Fetch(ctx context.Context, s flow.Series, w flow.Window, stamp func() flow.Stamp) (flow.Answer, error)
}

// Warehouse keeps facts, their history and the ledger. Every error it returns is a *flow.Error of class Warehouse, or the context's.
type Warehouse interface {
	// Configure records what the configuration asks for, for the views.
	Configure(ctx context.Context, settings []flow.Setting, now time.Time) error
	// Clock returns the warehouse's time in microseconds, or the highest version that is stored anywhere if that is
	// later.
	Clock(ctx context.Context) (uint64, error)
	// LedgerSpans yields what the ledger says of each series of an account and granularity that it knows, within a range.
	LedgerSpans(ctx context.Context, account string, c flow.Calendar, within flow.Window, finality time.Duration, yield func(flow.Series, []flow.LedgerSpan) error) error
	// Limits returns what was learned of the longest window of an account and granularity, zero where nothing was; KeepLimits keeps it.
	Limits(ctx context.Context, account string, g flow.Granularity) (flow.Limits, error)
	KeepLimits(ctx context.Context, runID, account string, g flow.Granularity, l flow.Limits, now time.Time) error
	// Store compares attempts with what the warehouse holds, has accept judge each accepted one, and writes history,
	// facts and ledger, in this order. It counts what was revised and retracted. Repeating it is harmless. held is in the
	// order of the attempt's facts, nil where nothing is held.
	Store(ctx context.Context, runID string, attempts []flow.Attempt, accept func(a *flow.Attempt, held []flow.Held)) error
	// Record writes the state of a run. Note does so with one short try.
	Record(ctx context.Context, run flow.Run, now time.Time) error
	Note(ctx context.Context, run flow.Run, now time.Time) error
}

// Account is one account and how it is asked.
type Account struct {
	Name string
	Zone *time.Location
	API  API
}

// Settings are the configuration's, per granularity where a map.
type Settings struct {
	Start      time.Time // the date on which extraction starts, as midnight UTC
	Settle     map[flow.Granularity]time.Duration
	Refresh    map[flow.Granularity]time.Duration
	MaxBuckets map[flow.Granularity]int
	Finality   time.Duration
	Record     bool // an answer that disagrees with its own totals is stored with a remark, and not refused
}

// Order is what one pass is asked to do.
type Order struct {
	RunID         string // a UUID
	Command       string
	Series        []flow.Series // to be loaded; those of an account and granularity stand together
	From, To      Moment        // the range; zero: from the configured start, to now
	Force         bool          // load all that has settled, not only what is due
	AcceptMissing bool          // store answers that lack what the warehouse holds
}

// Moment is one end of a range: an instant, or a civil date that starts at a different instant in each account's time zone.
type Moment struct {
	Instant time.Time
	Date    time.Time // midnight UTC of the date
}

// In returns the instant, or def where the moment is zero.
func (m Moment) In(c flow.Calendar, def time.Time) time.Time {
	switch {
	case !m.Instant.IsZero():
		return m.Instant
	case !m.Date.IsZero():
		return c.DateStart(m.Date)
	}
	return def
}

// Dependencies are what a runner needs of the world.
type Dependencies struct {
	Warehouse Warehouse
	Accounts  map[string]Account
	All       []flow.Series // every configured series, whatever a pass selects
	Now       func() time.Time
	Trace     trace.Trace
	Log       *slog.Logger
	Program   string // version, for the record of runs
}

// Runner runs passes, one at a time.
type Runner struct {
	settings Settings
	deps     Dependencies
	owed     []state // ends of runs that the warehouse was not there to be told
}

// New returns a runner; it does nothing yet.
func New(settings Settings, deps Dependencies) *Runner {
	deps.Trace = trace.Join(deps.Trace)
	return &Runner{settings: settings, deps: deps}
}
