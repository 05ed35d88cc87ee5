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

// Progress counts the windows, requests and rows of a pass and shows them: as bars on a terminal, elsewhere as a log
// line every five seconds.
//
// It holds its lock only while it changes or copies counts, and never while it draws or logs. So the terminal cannot
// delay the pass.
type Progress struct {
	log    *slog.Logger
	now    func() time.Time
	limits map[string]float64 // configured requests a second, by account
	bars   *bars              // nil: log lines

	mu     sync.Mutex
	lines  []line    // in the order in which the pass planned them
	logged time.Time // when the last log line was written
}

// logEvery is the time between two log lines.
const logEvery = 5 * time.Second

// track is an account and granularity; each has a line.
type track struct {
	account     string
	granularity flow.Granularity
}

// line holds the counts of a track.
type line struct {
	track
	windows, done, requests, rows int       // windows are due, done of them finished
	began                         time.Time // when the first window was done
	limit                         float64   // configured requests a second
}

// NewProgress returns a Progress that writes log lines. limits are the configured requests a second, by account.
func NewProgress(log *slog.Logger, now func() time.Time, limits map[string]float64) *Progress {
	return &Progress{log: log, now: now, limits: limits, logged: now()}
}

// Show draws bars on a terminal instead of log lines, until Close. Call it before the pass begins.
func (p *Progress) Show(tty *os.File) { p.bars = showBars(tty, p.snapshot, p.now) }

// Trace returns the functions through which a pass reports its progress.
func (p *Progress) Trace() trace.Trace {
	return trace.Trace{Planned: p.planned, Requested: p.requested, Stored: p.stored}
}

// planned adds windows that are due; a negative number removes some. Where none is due there is no line: "0/0 … 0 %"
// reads as if something had gone wrong.
func (p *Progress) planned(account string, g flow.Granularity, windows int) {
	if windows != 0 {
		p.count(account, g, func(l *line) { l.windows += windows })
	}
}

// requested counts windows that are done, and the requests that they took.
func (p *Progress) requested(account string, g flow.Granularity, windows, requests int) {
	now := p.now()
	l, logNow := p.count(account, g, func(l *line) {
		if l.began.IsZero() {
			l.began = now
		}
		l.done += windows
		l.requests += requests
	})
	if logNow {
		p.logLine(l)
	}
}

// stored counts the rows of attempts that are stored.
func (p *Progress) stored(attempts []flow.Attempt) {
	for _, a := range attempts {
		add := func(l *line) { l.rows += len(a.Transformed.Facts) }
		if l, logNow := p.count(a.Series.Account, a.Series.Granularity, add); logNow {
			p.logLine(l)
		}
	}
}

// count changes the line of a track. It returns a copy, and whether it is time to log it.
func (p *Progress) count(account string, g flow.Granularity, change func(*line)) (_ line, logNow bool) {
	now, t := p.now(), track{account, g}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.lines, func(l line) bool { return l.track == t })
	if i < 0 {
		i = len(p.lines)
		p.lines = append(p.lines, line{track: t, limit: p.limits[account]})
	}
	change(&p.lines[i])
	if logNow = p.bars == nil && now.Sub(p.logged) >= logEvery; logNow {
		p.logged = now
	}
	return p.lines[i], logNow
}

func (p *Progress) logLine(l line) {
	p.log.Info("progress", "account", l.account, "granularity", l.granularity, "windows", l.done, "of", l.windows,
		"requests", l.requests, "rows", l.rows, "per_second", math.Round(10*l.pace(p.now()))/10, "limit", l.limit)
}

// snapshot copies the lines.
func (p *Progress) snapshot() []line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines)
}

// pace returns the requests a second since the line began; 0 in the first second.
func (l line) pace(now time.Time) float64 {
	if seconds := now.Sub(l.began).Seconds(); seconds >= 1 && !l.began.IsZero() {
		return float64(l.requests) / seconds
	}
	return 0
}

// Close draws the bars for the last time. It waits for the terminal for five seconds at most, half a second once ctx
// is done.
func (p *Progress) Close(ctx context.Context) {
	if p.bars != nil {
		p.bars.close(ctx)
	}
}
