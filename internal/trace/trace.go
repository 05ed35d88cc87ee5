// Package trace is how a pass is watched: one struct of optional functions, as net/http/httptrace has.
//
// Metrics, the bars on a terminal and the points at which tests kill a pass each fill one in; Join makes one of them.
// Invariant: whoever watches changes nothing. The functions are called from many goroutines and hold up the pass.
package trace

import "github.com/mnaflow/mnaflow/internal/flow"

// Trace is called at the steps of a pass, in the order of the fields for each window. A nil field is not called.
type Trace struct {
	// Planned: so many more windows are to be asked for; fewer where negative.
	Planned func(account string, g flow.Granularity, windows int)
	// Request: a request is sent, and retry says whether it repeats one whose failure may pass. ended is called with
	// its result: answered, interrupted, or a class of error.
	Request func(account string, retry bool) (ended func(result string))
	// Asked: so many windows have their result, which took so many requests.
	Asked func(account string, g flow.Granularity, windows, requests int)
	// Compare: a batch is to be compared with what the warehouse holds, and its history completed. compared is called
	// when that is done.
	Compare func() (compared func())
	// Insert: rows are sent to a table. acknowledged is called when the warehouse has them.
	Insert func(table string) (acknowledged func())
	// Stored: the ledger has these attempts.
	Stored func(attempts []flow.Attempt)
}

// Results of a request beside the classes of error.
const (
	Answered    = "answered"
	Interrupted = "interrupted" // by the end of the caller's context
)

// Join returns a trace that calls each of the others in turn. None of its fields is nil, so that a caller need not look.
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
		Asked: func(account string, g flow.Granularity, windows, requests int) {
			for _, t := range all {
				if t.Asked != nil {
					t.Asked(account, g, windows, requests)
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

// called begins a step of each trace, and returns what ends it.
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
