package terminal

import (
	"context"
	"log/slog"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// Progress counts how far a pass is and shows it: bars on a terminal, a log line every few seconds elsewhere.
//
// Its lock is held to count and to copy the counts, never while anything else is called: neither the bars nor a
// terminal that takes nothing can hold up a pass.
type Progress struct {
	log    *slog.Logger
	now    func() time.Time
	limits map[string]float64 // requests a second that each account is configured to
	bars   *bars              // nil off a terminal

	mu     sync.Mutex
	lines  []line // in the order in which they came up
	logged time.Time
}

// logEvery is how often a pass off a terminal says how far it is.
const logEvery = 5 * time.Second

type track struct {
	account     string
	granularity flow.Granularity
}

// line is how far an account and granularity is.
type line struct {
	track
	windows, done, requests, rows int
	began                         time.Time // when the first window was asked for
	limit                         float64
}

// NewProgress shows a pass in the log. limits are the requests a second that each account is configured to.
func NewProgress(log *slog.Logger, now func() time.Time, limits map[string]float64) *Progress {
	return &Progress{log: log, now: now, limits: limits, logged: now()}
}

// Show shows it in bars on a terminal instead, until Close. It comes before the pass begins.
func (p *Progress) Show(tty *os.File) { p.bars = showBars(tty, p.snapshot, p.now) }

// Trace is what a pass calls to be shown.
func (p *Progress) Trace() trace.Trace {
	return trace.Trace{Planned: p.planned, Asked: p.asked, Stored: p.stored}
}

// planned adds windows to what is to be done.
func (p *Progress) planned(account string, g flow.Granularity, windows int) {
	p.count(account, g, func(l *line) { l.windows += windows })
}

// asked counts windows that were asked for.
func (p *Progress) asked(account string, g flow.Granularity, windows, requests int) {
	now := p.now()
	l, tell := p.count(account, g, func(l *line) {
		if l.began.IsZero() {
			l.began = now
		}
		l.done += windows
		l.requests += requests
	})
	if tell {
		p.tell(l)
	}
}

// stored counts rows that the warehouse has.
func (p *Progress) stored(attempts []flow.Attempt) {
	for _, a := range attempts {
		add := func(l *line) { l.rows += len(a.Transformed.Facts) }
		if l, tell := p.count(a.Series.Account, a.Series.Granularity, add); tell {
			p.tell(l)
		}
	}
}

// count changes a line and returns it, and whether it is time to log it.
func (p *Progress) count(account string, g flow.Granularity, change func(*line)) (_ line, tell bool) {
	now, of := p.now(), track{account, g}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.lines, func(l line) bool { return l.track == of })
	if i < 0 {
		i = len(p.lines)
		p.lines = append(p.lines, line{track: of, limit: p.limits[account]})
	}
	change(&p.lines[i])
	if tell = p.bars == nil && now.Sub(p.logged) >= logEvery; tell {
		p.logged = now
	}
	return p.lines[i], tell
}

func (p *Progress) tell(l line) {
	p.log.Info("progress", "account", l.account, "granularity", l.granularity, "windows", l.done, "of", l.windows,
		"requests", l.requests, "rows", l.rows, "per_second", math.Round(10*l.pace(p.now()))/10, "limit", l.limit)
}

// snapshot copies the lines.
func (p *Progress) snapshot() []line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines)
}

// pace is how many requests a second were sent since the first.
func (l line) pace(now time.Time) float64 {
	if seconds := now.Sub(l.began).Seconds(); seconds >= 1 && !l.began.IsZero() {
		return float64(l.requests) / seconds
	}
	return 0
}

// Close leaves the bars as they stand.
func (p *Progress) Close(ctx context.Context) {
	if p.bars != nil {
		p.bars.close(ctx)
	}
}
