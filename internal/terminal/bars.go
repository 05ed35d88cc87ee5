package terminal

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bars show a pass on a terminal, one bar for each line. One goroutine copies the counts ten times a second and is the
// only one that calls the library. So the pass never waits for the terminal.
type bars struct {
	stop  chan struct{} // closed when the pass is over
	ended chan struct{} // closed when the last frame is on the terminal
}

const (
	frameEvery = 100 * time.Millisecond
	// barsPatience is how long close waits for a slow or stopped terminal to take the last frame. After an interrupt
	// it waits for parting only.
	barsPatience = 5 * time.Second
)

// bar is the bar of one line. The library reads pace while it draws, so draw stores the text there beforehand.
type bar struct {
	*mpb.Bar
	pace *atomic.Pointer[string] // rows, requests a second, time left
}

// showBars starts to draw the lines that look returns. It ends with close.
func showBars(tty *os.File, look func() []line, now func() time.Time) *bars {
	b := &bars{stop: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(b.ended)
		b.show(tty, look, now)
	}()
	return b
}

func (b *bars) show(tty *os.File, look func() []line, now func() time.Time) {
	container := mpb.New(mpb.WithOutput(tty))
	var shown []bar
	draw := func() {
		for i, l := range look() {
			if i == len(shown) {
				one, err := newBar(container, l)
				if err != nil {
					return // the terminal is gone
				}
				shown = append(shown, one)
			}
			shown[i].draw(l, now())
		}
	}
	frames := time.NewTicker(frameEvery)
	defer frames.Stop()
	for over := false; !over; {
		select {
		case <-frames.C:
		case <-b.stop:
			over = true
		}
		draw()
	}
	for i, l := range look()[:len(shown)] {
		if l.done < l.windows {
			shown[i].Abort(false) // an interrupt or an error stopped the pass
		} else {
			shown[i].SetTotal(int64(l.done), true)
		}
	}
	container.Wait()
}

// newBar returns the bar of a line. Texts and bar fill the width of the terminal: of 80 columns the bar gets about 20.
func newBar(container *mpb.Progress, l line) (bar, error) {
	pace := new(atomic.Pointer[string])
	pace.Store(new(""))
	name := fmt.Sprintf("%.16s %-6s ", l.account, l.granularity)
	one, err := container.Add(0, mpb.BarStyle().Build(),
		mpb.PrependDecorators(decor.Name(name), decor.CountersNoUnit("%d/%d ", decor.WCSyncSpace)),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace),
			decor.Any(func(decor.Statistics) string { return *pace.Load() })))
	return bar{one, pace}, err
}

// draw sets a bar to its line: windows done, rows, requests a second, and the time left at the pace so far.
func (b bar) draw(l line, now time.Time) {
	words := ""
	if pace := l.pace(now); pace > 0 {
		words = fmt.Sprintf("  %d rows  %.1f/s", l.rows, pace)
		if left := l.windows - l.done; left > 0 && l.done > 0 {
			words += "  " + (now.Sub(l.began) / time.Duration(l.done) * time.Duration(left)).Round(time.Second).String()
		}
	}
	b.pace.Store(&words)
	b.SetTotal(int64(l.windows), false)
	b.SetCurrent(int64(l.done))
}

// close draws the last frame and waits for it, within barsPatience.
func (b *bars) close(ctx context.Context) {
	close(b.stop)
	await(ctx.Done(), b.ended, barsPatience)
}
