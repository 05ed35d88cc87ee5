package extract

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// result names the result of one request for trace.Trace.Request.
func result(ctx context.Context, err *apiError) string {
	switch {
	case err == nil:
		return trace.Answered
	case ctx.Err() != nil:
		return trace.Interrupted
	case err.class == "":
		return string(flow.Unexpected)
	}
	return string(err.class)
}
