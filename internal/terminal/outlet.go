package terminal

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Outlet is standard output or standard error, whose reader may stop reading: a terminal after Ctrl-S, a pager that
// nobody scrolls. A write to it may then block for ever. So a goroutine makes the writes, in order, and whoever writes
// waits for it within bounds: a log line waits for a moment (patience), a result as long as it takes, and nothing
// longer than a moment once the program has been interrupted.
type Outlet struct {
	To          io.Writer
	Interrupted <-chan struct{} // closed once the program has been interrupted
	Patience    time.Duration   // 0: as long as it takes

	mu      sync.Mutex
	queue   []byte
	drained chan struct{} // closed when the queue has been written; nil while there is nothing to write
	err     error         // of the last write
	stopped bool          // the reader did not take it in time: until it has, nobody waits
	lost    int           // writes that found the queue full
}

const (
	// mostWaiting bounds what waits for a reader that has stopped; what comes then is lost, and counted.
	mostWaiting = 1 << 20
	// LogPatience is how long a log line waits for its reader, the first time.
	LogPatience = time.Second
	// parting is how long an interrupted program waits for a reader. The promise is to leave within ten seconds: the
	// warehouse may take seven, the bars and each of the two outputs this long.
	parting = 500 * time.Millisecond
)

// Write is io.Writer's.
func (o *Outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	if len(o.queue) > 0 && len(o.queue)+len(p) > mostWaiting {
		o.lost++
		o.mu.Unlock()
		return len(p), nil
	}
	o.queue = append(o.queue, p...)
	if o.drained == nil {
		o.drained = make(chan struct{})
		go o.drain()
	}
	drained, stopped := o.drained, o.stopped
	o.mu.Unlock()
	written := !stopped && await(o.Interrupted, drained, o.Patience)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case written && o.err != nil:
		return 0, o.err
	case written:
		return len(p), nil
	}
	o.stopped = o.drained != nil
	if o.Patience == 0 {
		return 0, fmt.Errorf("its reader has stopped: %w", context.Canceled)
	}
	return len(p), nil
}

func (o *Outlet) drain() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err = nil; len(o.queue) > 0 && o.err == nil; {
		next := o.queue
		o.queue = nil
		o.mu.Unlock()
		_, err := o.To.Write(next)
		o.mu.Lock()
		o.err = err
	}
	o.queue, o.stopped = nil, false
	close(o.drained)
	o.drained = nil
}

// Flush waits until all is written: as long as it takes, or a moment once interrupted.
func (o *Outlet) Flush() {
	o.mu.Lock()
	drained, stopped := o.drained, o.stopped
	o.mu.Unlock()
	if drained == nil {
		return
	}
	select {
	case <-o.Interrupted:
		if stopped {
			return // it has had its moment
		}
	default:
	}
	await(o.Interrupted, drained, 0)
}

// Lost is how many writes were lost.
func (o *Outlet) Lost() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}

// await waits until done is closed, and says whether it was: at most for patience (0: for ever), and for a moment once
// interrupted.
func await(interrupted, done <-chan struct{}, patience time.Duration) bool {
	var enough <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-done:
		return true
	case <-enough:
		return false
	case <-interrupted:
	}
	last := time.NewTimer(parting)
	defer last.Stop()
	select {
	case <-done:
		return true
	case <-last.C:
		return false
	}
}
