package flow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestErrorIsOneLine(t *testing.T) {
	cause := errors.New("the API answered InternalError: try later")
	for _, c := range []struct {
		err  flow.Error
		want string
	}{
		{flow.Error{Err: cause}, "the API answered InternalError: try later"},
		{flow.Error{Err: cause, Doing: "asking for A"}, "asking for A: the API answered InternalError: try later"},
		{flow.Error{Err: cause, RequestID: "r-1"}, "the API answered InternalError: try later (request id r-1)"},
		{
			flow.Error{Class: flow.Transient, Err: cause, Doing: "asking for A", RequestID: "r-1", Attempts: 6},
			"asking for A: the API answered InternalError: try later (request id r-1)",
		},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestClassOf(t *testing.T) {
	denied := flow.Fail(flow.Denied, "no such key")
	for _, c := range []struct {
		what string
		err  error
		want flow.Class
	}{
		{"none", nil, flow.Unexpected},
		{"another kind of error", io.ErrUnexpectedEOF, flow.Unexpected},
		{"the context's", context.Canceled, flow.Unexpected},
		{"itself", denied, flow.Denied},
		{"wrapped", fmt.Errorf("account main: %w", denied), flow.Denied},
		{"wrapped twice", fmt.Errorf("run: %w", fmt.Errorf("account main: %w", denied)), flow.Denied},
		{"joined", errors.Join(io.EOF, denied), flow.Denied},
		{"the outermost of two", flow.Fail(flow.Warehouse, "storing it: %w", denied), flow.Warehouse},
		{"in the text alone", fmt.Errorf("account main: %v", denied), flow.Unexpected},
	} {
		if got := flow.ClassOf(c.err); got != c.want {
			t.Errorf("%s: ClassOf = %s, want %s", c.what, got, c.want)
		}
	}
}

func TestFailKeepsItsCause(t *testing.T) {
	err := flow.Fail(flow.Warehouse, "storing %d rows: %w", 3, io.ErrUnexpectedEOF)
	if got, want := err.Error(), "storing 3 rows: unexpected EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got := flow.ClassOf(err); got != flow.Warehouse {
		t.Errorf("class %s", got)
	}
}

// TestTheClassesOfTheLedger: the names are stored, so they never change.
func TestTheClassesOfTheLedger(t *testing.T) {
	for want, got := range map[string]flow.Class{
		"transient": flow.Transient, "throttled": flow.Throttled, "refused": flow.Refused,
		"rejected": flow.Rejected, "denied": flow.Denied, "disagrees": flow.Disagrees,
		"suspect": flow.Suspect, "warehouse": flow.Warehouse, "unexpected": flow.Unexpected,
	} {
		if string(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
