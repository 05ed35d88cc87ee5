package extract

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// What became of one request, beside the classes of error.
const (
	answered    = "answered"
	interrupted = "interrupted" // by the end of the caller's context
)

// observed is what Dependencies.Observe is where nobody asks.
func observed(bool) func(string) { return func(string) {} }

// result is what Dependencies.Observe is told of one request.
func result(ctx context.Context, err *apiError) string {
	switch {
	case err == nil:
		return answered
	case ctx.Err() != nil:
		return interrupted
	case err.class == "":
		return string(flow.Unexpected)
	}
	return string(err.class)
}
