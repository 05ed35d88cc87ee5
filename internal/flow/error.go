package flow

import (
	"errors"
	"fmt"
)

// Class says how to react to an error. The package in which an error arises sets its class; all others only read it,
// with ClassOf.
type Class string

// The classes of error. The ledger stores their names, so they never change.
const (
	Transient  Class = "transient"  // the API or the network failed: the same request may succeed later
	Throttled  Class = "throttled"  // the key is over its rate limit: retry, more slowly; no window fails for it
	Refused    Class = "refused"    // the API refused the window, which may be too long or too old: halve it
	Rejected   Class = "rejected"   // the request or the configuration is wrong: halving would not help
	Denied     Class = "denied"     // the API refused the credentials, the permission or the clock: stop the account
	Disagrees  Class = "disagrees"  // the answer contradicts itself or the request
	Suspect    Class = "suspect"    // the answer lacks too many buckets that the warehouse has
	Warehouse  Class = "warehouse"  // the warehouse is unreachable, refuses, or has another version's tables
	Unexpected Class = "unexpected" // anything else
)

// Error is a failure with its class, what was being done, and the vendor's request id if there is one.
type Error struct {
	Class     Class
	Doing     string // what was being done, to which series and window
	RequestID string
	Sent      Stamp // of the last request; zero if none was sent
	Attempts  int   // requests sent
	Throttled int   // of those, throttled
	Err       error
}

// Error is one line: what was being done, what happened, and the request id for the vendor's support.
func (e *Error) Error() string {
	s := e.Err.Error()
	if e.Doing != "" {
		s = e.Doing + ": " + s
	}
	if e.RequestID != "" {
		s = fmt.Sprintf("%s (request id %s)", s, e.RequestID)
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of the *Error in err's chain, or Unexpected if there is none.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Unexpected
}

// Fail returns an Error of class c, formatted as fmt.Errorf does.
func Fail(c Class, format string, args ...any) *Error {
	return &Error{Class: c, Err: fmt.Errorf(format, args...)}
}
