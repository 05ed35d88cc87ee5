package flow

import (
	"errors"
	"fmt"
)

// Class says what an error calls for. Whoever knows classifies; everyone else only asks.
type Class string

// The classes of error. Their names stand in the ledger.
const (
	Transient  Class = "transient"  // the API or the way to it failed: the same request may succeed later
	Throttled  Class = "throttled"  // more requests than the key's limit allows: wait, and go slower; no window fails by it
	Refused    Class = "refused"    // the API refused the window: it may be too long or too old
	Rejected   Class = "rejected"   // the API refused the request itself, or the configuration is wrong: a part of the window would fail alike
	Denied     Class = "denied"     // the API refused the credentials, the permission or the clock: stop the account
	Disagrees  Class = "disagrees"  // the answer contradicts itself or the request
	Suspect    Class = "suspect"    // the answer lacks what the warehouse holds
	Warehouse  Class = "warehouse"  // the warehouse is unreachable, refuses, or has other tables than expected
	Unexpected Class = "unexpected" // anything else
)

// Error is a failure with its class, where it happened, and the vendor's request id if there is one.
type Error struct {
	Class     Class
	Doing     string // what was being done, to which series and window
	RequestID string
	Sent      Stamp // of the last request, where any was sent
	Attempts  int   // requests sent
	Throttled int   // of those, refused by the rate limit
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

// ClassOf returns the class that err was given where it arose, or Unexpected.
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
