// Package exit names the exit codes of the program.
//
// Invariant: scripts and schedulers rely on the numbers, so they never change. If a run has several causes, Warehouse
// wins over Denied, and Denied over Partial.
package exit

// The exit codes.
const (
	Done        = 0
	Unexpected  = 1   // an error of no other kind
	Usage       = 2   // a wrong command line or configuration, or a taken port
	Partial     = 3   // load: some windows failed or are left, all others are stored; status: a gap or late data
	Denied      = 4   // the API refused the credentials or the permission
	Warehouse   = 5   // the warehouse is unreachable, refuses, or has tables of another version
	Mismatch    = 6   // verify found a mismatch
	Interrupted = 130 // a signal interrupted a load; all finished windows are stored
)
