package pipeline

import (
	"context"
	"errors"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Exit codes of a load; the contract with scripts and schedulers.
const (
	ExitDone        = 0
	ExitUnexpected  = 1
	ExitPartial     = 3
	ExitDenied      = 4
	ExitWarehouse   = 5
	ExitInterrupted = 130
)

// outcome says how a pass ended. Of several causes the warehouse comes before refused credentials, and those before windows that failed.
func outcome(ctx context.Context, r Report) (state string, code int, reason string) {
	worst := func(c flow.Class) (string, bool) {
		for _, err := range r.Errors {
			if flow.ClassOf(err) == c {
				return err.Error(), true
			}
		}
		return "", false
	}
	if reason, ok := worst(flow.Warehouse); ok {
		return "failed", ExitWarehouse, reason
	}
	if reason, ok := worst(flow.Denied); ok {
		return "denied", ExitDenied, reason
	}
	if ctx.Err() != nil {
		return "interrupted", ExitInterrupted, "interrupted; all finished windows are stored"
	}
	for _, c := range []flow.Class{flow.Transient, flow.Throttled} {
		if reason, ok := worst(c); ok {
			return "partial", ExitPartial, reason
		}
	}
	if len(r.Errors) > 0 {
		return "failed", ExitUnexpected, errors.Join(r.Errors...).Error()
	}
	if len(r.Failures) > 0 {
		return "partial", ExitPartial, r.Failures[0].Reason
	}
	return "done", ExitDone, ""
}
