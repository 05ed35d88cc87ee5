package pipeline_test

import (
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
)

// It is 10 May, 12:20. Hours are final five days after the end of their day, and asked for again after half an hour
// until then. One window has at most 48 of them.
func ExamplePlan() {
	may := func(day, hour int) time.Time { return time.Date(2026, 5, day, hour, 0, 0, 0, time.UTC) }
	now := may(10, 12).Add(20 * time.Minute)
	accepted := func(begin, end, sent time.Time) flow.LedgerSpan {
		return flow.LedgerSpan{Window: flow.Window{Begin: begin, End: end}, State: flow.Accepted, Sent: flow.Stamp{At: sent}}
	}
	ledger := []flow.LedgerSpan{
		accepted(may(1, 0), may(4, 0), may(9, 5)), // final when it was asked for last: never again
		// Nothing covers 4 and 5 May: a gap.
		accepted(may(6, 0), may(10, 0), may(10, 11)),   // not final, asked for 80 minutes ago: due
		accepted(may(10, 0), may(10, 11), may(10, 12)), // asked for 20 minutes ago: waits for refresh
		// Nothing covers the hour from 11:00 to 12:00, which has settled: new.
	}
	grid := pipeline.Grid{
		Calendar:   flow.NewCalendar(flow.Hourly, time.UTC),
		Range:      flow.Window{Begin: may(1, 0), End: may(10, 12)},
		Refresh:    30 * time.Minute,
		Finality:   5 * 24 * time.Hour,
		MaxBuckets: 48,
	}
	for _, task := range pipeline.Plan(grid, ledger, now) {
		fmt.Printf("%s %2d hours, %s\n", task.Window, task.Buckets, task.Due)
	}
	// Output:
	// [2026-05-04T00:00Z, 2026-05-06T00:00Z) 48 hours, gap
	// [2026-05-06T00:00Z, 2026-05-08T00:00Z) 48 hours, not final
	// [2026-05-08T00:00Z, 2026-05-10T00:00Z) 48 hours, not final
	// [2026-05-10T11:00Z, 2026-05-10T12:00Z)  1 hours, never requested
}
