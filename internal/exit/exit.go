// Package exit names the exit codes of the program: the contract with scripts and schedulers.
//
// Of several causes Warehouse comes before Denied, and that before Partial.
package exit

// The exit codes.
const (
	Done        = 0
	Unexpected  = 1
	Usage       = 2   // usage, configuration or a taken port
	Partial     = 3   // partial or stale: some windows failed or were left, all others are stored
	Denied      = 4   // the API refused the credentials or the permission
	Warehouse   = 5   // it is unreachable, refuses, or its tables are not at this program's version
	Mismatch    = 6   // verify found one
	Interrupted = 130 // a load was; all finished windows are stored
)
