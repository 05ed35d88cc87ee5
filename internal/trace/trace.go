// Package trace reports the steps of a pass to observers: one struct of optional functions, like httptrace.ClientTrace.
//
// Metrics, progress bars and the tests that kill a pass at a step each fill in a Trace; Join combines several.
//
// Invariant: a trace observes and never changes what the pass does. The pass calls its functions from many goroutines
// and waits for them, so they must be quick and safe for concurrent use.
package trace

import "github.com/mnaflow/mnaflow/internal/flow"

// Trace holds a function for each step of a pass. A window goes through the steps in the order of the fields. Nil
// functions are not called.
type Trace struct {
	// Planned: windows more have to be requested; if negative, fewer.
	Planned func(account string, g flow.Granularity, windows int)
	// Request: a request is being sent; with retry, after a transient failure of the one before. The pass calls ended
	// with the result: Answered, Interrupted, or a class of error.
	Request func(account string, retry bool) (ended func(result string))
	// Requested: windows have their result, an answer or an error. They took so many requests.
	Requested func(account string, g flow.Granularity, windows, requests int)
	// Compare: the pass starts to compare a batch with the warehouse and to complete its history. It calls compared
	// when that is done.
	Compare func() (compared func())
	// Insert: rows are being sent to a table. The pass calls acknowledged when the warehouse has stored them.
	Insert func(table string) (acknowledged func())
	// Stored: the ledger has stored these attempts.
	Stored func(attempts []flow.Attempt)
}

// Results of a request, besides the classes of error.
const (
	Answered    = "answered"
	Interrupted = "interrupted" // the caller's context ended
)

// Join returns a trace that calls all others in turn. None of its functions is nil, so the pass need not check.
func Join(all ...Trace) Trace {
	return Trace{
		Planned: func(account string, g flow.Granularity, windows int) {
			for _, t := range all {
				if t.Planned != nil {
					t.Planned(account, g, windows)
				}
			}
		},
		Request: func(account string, retry bool) func(string) {
			var ended []func(string)
			for _, t := range all {
				if t.Request != nil {
					ended = append(ended, t.Request(account, retry))
				}
			}
			return func(result string) {
				for _, f := range ended {
					f(result)
				}
			}
		},
		Requested: func(account string, g flow.Granularity, windows, requests int) {
			for _, t := range all {
				if t.Requested != nil {
					t.Requested(account, g, windows, requests)
				}
			}
		},
		Compare: func() func() {
			return called(all, func(t Trace) func() {
				if t.Compare == nil {
					return nil
				}
				return t.Compare()
			})
		},
		Insert: func(table string) func() {
			return called(all, func(t Trace) func() {
				if t.Insert == nil {
					return nil
				}
				return t.Insert(table)
			})
		},
		Stored: func(attempts []flow.Attempt) {
			for _, t := range all {
				if t.Stored != nil {
					t.Stored(attempts)
				}
			}
		},
	}
}

// called begins a step in each trace, and returns a function that ends it in each.
func called(all []Trace, begin func(Trace) (end func())) (end func()) {
	var ends []func()
	for _, t := range all {
		if end := begin(t); end != nil {
			ends = append(ends, end)
		}
	}
	return func() {
		for _, f := range ends {
			f()
		}
	}
}
