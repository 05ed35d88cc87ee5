package terminal

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Outlet is a standard output or standard error that never blocks its writers for ever, even if its reader stops: a
// terminal after Ctrl-S, a pager left open.
//
// Write appends to a queue, and a goroutine writes the queue to To. Write waits until that is done, within bounds: for
// results without a limit, for logs up to Patience, and for parting once the program is interrupted. After the first
// log line that waited in vain, later ones do not wait until the reader is back.
type Outlet struct {
	To          io.Writer
	Interrupted <-chan struct{} // closed when the program is interrupted
	Patience    time.Duration   // how long Write waits; 0: without a limit

	mu      sync.Mutex
	queue   []byte
	drained chan struct{} // closed when the queue is written; nil while it is empty
	err     error         // of the last write to To
	stopped bool          // Write has waited in vain; later ones do not wait until the queue is written
	lost    int           // writes that found the queue full
}

const (
	// mostWaiting bounds the queue, in bytes. A write to a full queue is lost and counted.
	mostWaiting = 1 << 20
	// LogPatience is the Patience of logs.
	LogPatience = time.Second
	// parting is how long an interrupted program still waits for a reader. It has to end within ten seconds: seven for
	// the warehouse, and this long for the bars and for each of the two outputs.
	parting = 500 * time.Millisecond
)

// Write implements io.Writer. With a Patience it returns nil even if the reader has not taken the bytes yet. Without
// one, it returns an error that wraps context.Canceled if the program was interrupted first. It returns the error of To
// if the write itself failed.
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

// drain writes the queue to To until it is empty or To fails. An error drops the rest of the queue.
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

// Flush waits until the queue is written, without a limit, or for parting once the program is interrupted.
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
			return // Write has waited for parting already
		}
	default:
	}
	await(o.Interrupted, drained, 0)
}

// Lost returns the number of writes that were lost because the queue was full.
func (o *Outlet) Lost() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}

// await waits until done is closed and reports whether it was. It gives up after patience (0: never), or parting after
// interrupted is closed.
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
