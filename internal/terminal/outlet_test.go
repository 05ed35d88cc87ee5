package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// pager is a reader that can stop and go on.
type pager struct {
	turn chan struct{} // holds a value while it reads

	mu   sync.Mutex
	text bytes.Buffer
	err  error
}

func newPager() *pager {
	g := &pager{turn: make(chan struct{}, 1)}
	g.turn <- struct{}{}
	return g
}

func (g *pager) stop() { <-g.turn }
func (g *pager) goOn() { g.turn <- struct{}{} }

func (g *pager) Write(p []byte) (int, error) {
	<-g.turn
	defer func() { g.turn <- struct{}{} }()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	return g.text.Write(p)
}

func TestOutletOfLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := newPager()
		o := &Outlet{To: reader, Interrupted: t.Context().Done(), Patience: LogPatience}
		took := func(f func()) time.Duration {
			began := time.Now()
			f()
			return time.Since(began)
		}
		if d := took(func() { fmt.Fprintln(o, "first") }); d != 0 || reader.text.String() != "first\n" {
			t.Errorf("%s, %q", d, reader.text.String())
		}
		reader.stop()
		if d := took(func() { fmt.Fprintln(o, "second") }); d != LogPatience {
			t.Errorf("a log line waited %s for its reader, want %s", d, LogPatience)
		}
		line := strings.Repeat("x", 1023) + "\n"
		if d := took(func() {
			for range 2048 {
				fmt.Fprint(o, line)
			}
		}); d != 0 {
			t.Errorf("the lines after it waited %s", d)
		}
		if n := o.Lost(); n < 1000 || n > 1030 {
			t.Errorf("%d lines are lost of 2048 KiB, with %d kept", n, mostWaiting)
		}
		reader.goOn()
		o.Flush()
		text := reader.text.String()
		if !strings.HasPrefix(text, "first\nsecond\nxxx") || strings.Count(text, line) != 2048-o.Lost() {
			t.Errorf("%d lines arrive of %d", strings.Count(text, line), 2048-o.Lost())
		}
		reader.stop()
		if d := took(func() { fmt.Fprintln(o, "the last") }); d != LogPatience {
			t.Errorf("a log line waited %s for a reader that had come back, want %s", d, LogPatience)
		}
		reader.goOn()
		o.Flush()
	})
}

func TestOutletOfResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		reader := newPager()
		o := &Outlet{To: reader, Interrupted: ctx.Done()}
		reader.stop()
		time.AfterFunc(time.Hour, reader.goOn)
		began := time.Now()
		if n, err := fmt.Fprint(o, "result"); n != 6 || err != nil || time.Since(began) != time.Hour {
			t.Errorf("%d bytes, %v after %s, want it to wait until the reader is back", n, err, time.Since(began))
		}
		synctest.Wait()
		reader.stop()
		time.AfterFunc(time.Minute, interrupt)
		began = time.Now()
		for range 10 {
			if _, err := fmt.Fprint(o, "result"); !errors.Is(err, context.Canceled) {
				t.Errorf("the results are lost without an error: %v", err)
			}
		}
		o.Flush()
		if d := time.Since(began); d != time.Minute+parting {
			t.Errorf("interrupted after a minute, it waited %s", d)
		}
		reader.goOn()
		synctest.Wait()
	})
}

func TestOutletReturnsErrors(t *testing.T) {
	reader := newPager()
	o := &Outlet{To: reader, Interrupted: t.Context().Done()}
	for _, want := range []error{nil, syscall.ENOSPC, nil} {
		reader.err = want
		if _, err := fmt.Fprint(o, "result"); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}
