package pipeline

import (
	"context"
	"errors"

	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// outcome says how a pass ended. Of several causes the warehouse comes first, then credentials that the API refused,
// then an interrupt, then windows that failed.
func outcome(ctx context.Context, r Report) (state flow.RunState, code int, reason string) {
	first := func(c flow.Class) (string, bool) {
		for _, err := range r.Errors {
			if flow.ClassOf(err) == c {
				return err.Error(), true
			}
		}
		return "", false
	}
	if reason, ok := first(flow.Warehouse); ok {
		return flow.RunFailed, exit.Warehouse, reason
	}
	if reason, ok := first(flow.Denied); ok {
		return flow.RunDenied, exit.Denied, reason
	}
	if ctx.Err() != nil {
		return flow.RunInterrupted, exit.Interrupted, "interrupted; all finished windows are stored"
	}
	for _, c := range []flow.Class{flow.Transient, flow.Throttled} {
		if reason, ok := first(c); ok {
			return flow.RunPartial, exit.Partial, reason
		}
	}
	if len(r.Errors) > 0 {
		return flow.RunFailed, exit.Unexpected, errors.Join(r.Errors...).Error()
	}
	if len(r.Causes) > 0 {
		return flow.RunPartial, exit.Partial, r.Causes[0].Reason
	}
	return flow.RunDone, exit.Done, ""
}
