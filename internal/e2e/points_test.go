package e2e

import "github.com/mnaflow/mnaflow/internal/trace"

// points names the points of a pass over tables that exist: between any two of its effects. "compare" completes the
// history of late writers and reads what is held.
func points() []string {
	out := []string{"before request", "after answer", "before compare", "after compare"}
	for _, table := range []string{"history", "facts", "ledger", "run_states"} {
		out = append(out, "before "+table, "after "+table)
	}
	return out
}

// reaching calls reached at each point of a pass, by name.
func reaching(reached func(point string)) trace.Trace {
	between := func(before, after string) func() {
		reached(before)
		return func() { reached(after) }
	}
	return trace.Trace{
		Request: func(string, bool) func(string) {
			after := between("before request", "after answer")
			return func(string) { after() }
		},
		Compare: func() func() { return between("before compare", "after compare") },
		Insert:  func(table string) func() { return between("before "+table, "after "+table) },
	}
}
