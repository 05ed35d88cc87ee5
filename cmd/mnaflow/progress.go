package main

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// progress shows how far a pass is: bars on a terminal, a log line every few seconds elsewhere. It implements pipeline.Progress.
type progress struct {
	log    *slog.Logger
	now    func() time.Time
	limits map[string]float64 // requests a second that each account is configured to

	mu     sync.Mutex
	bars   *mpb.Progress // nil off a terminal
	lines  map[track]*line
	logged time.Time
}

// logEvery is how often a pass off a terminal says how far it is.
const logEvery = 5 * time.Second

type track struct {
	account     string
	granularity flow.Granularity
}

type line struct {
	windows, done, requests, rows int
	began                         time.Time // when the first window was asked for
	limit                         float64
	bar                           *mpb.Bar
}

func newProgress(o *options, c *config.Config) *progress {
	p := &progress{log: o.log, now: o.now, limits: map[string]float64{}, lines: map[track]*line{}, logged: o.now()}
	for _, a := range c.Accounts {
		p.limits[a.Name] = a.RequestsPerSecond
	}
	if f, ok := o.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(30))
	}
	return p
}

// Planned adds windows to what is to be done.
func (p *progress) Planned(account string, g flow.Granularity, windows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := track{account, g}
	l := p.lines[key]
	if l == nil {
		l = &line{limit: p.limits[account]}
		p.lines[key] = l
		if p.bars != nil {
			l.bar = p.newBar(key, l)
		}
	}
	l.windows += windows
	if l.bar != nil {
		l.bar.SetTotal(int64(l.windows), false)
	}
}

func (p *progress) newBar(key track, l *line) *mpb.Bar {
	name := fmt.Sprintf("%s %-6s  ", key.account, key.granularity)
	return p.bars.AddBar(0,
		mpb.PrependDecorators(decor.Name(name), decor.CountersNoUnit("%d / %d windows  ", decor.WCSyncSpace)),
		mpb.AppendDecorators(decor.Percentage(), decor.Any(func(decor.Statistics) string {
			p.mu.Lock()
			defer p.mu.Unlock()
			return fmt.Sprintf("  %d requests  %d rows  %.1f of %g/s", l.requests, l.rows, l.pace(p.now()), l.limit)
		}), decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace), "")))
}

// pace is how many requests a second were sent since the first.
func (l *line) pace(now time.Time) float64 {
	if seconds := now.Sub(l.began).Seconds(); seconds >= 1 && !l.began.IsZero() {
		return float64(l.requests) / seconds
	}
	return 0
}

// Done counts windows that were asked for.
func (p *progress) Done(account string, g flow.Granularity, windows, requests int) {
	p.change(account, g, func(l *line) {
		if l.began.IsZero() {
			l.began = p.now()
		}
		l.done += windows
		l.requests += requests
		if l.bar != nil {
			l.bar.SetCurrent(int64(l.done))
		}
	})
}

// Stored counts rows that the warehouse has.
func (p *progress) Stored(account string, g flow.Granularity, rows int) {
	p.change(account, g, func(l *line) { l.rows += rows })
}

func (p *progress) change(account string, g flow.Granularity, f func(*line)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lines[track{account, g}]
	f(l)
	if now := p.now(); p.bars == nil && now.Sub(p.logged) >= logEvery {
		p.logged = now
		p.log.Info("progress", "account", account, "granularity", g, "windows", l.done, "of", l.windows, "requests", l.requests, "rows", l.rows,
			"per_second", math.Round(10*l.pace(now))/10, "limit", l.limit)
	}
}

// close leaves the bars as they stand.
func (p *progress) close() {
	if p.bars == nil {
		return
	}
	p.mu.Lock()
	for _, l := range p.lines {
		l.bar.SetTotal(int64(l.done), true)
	}
	p.mu.Unlock()
	p.bars.Wait()
}
