package flow_test

import (
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The days of a zone with summer time are not all of one length, and the calendar knows where each starts.
func ExampleCalendar() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	c := flow.NewCalendar(flow.Daily, berlin)
	weekend := flow.Window{
		Begin: c.DateStart(time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)),
		End:   c.DateStart(time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC)),
	}
	fmt.Println(c.Count(weekend), "days in", weekend)
	for start := range c.Buckets(weekend) {
		fmt.Println(c.Day(start).Format(time.DateOnly), "starts", start.Format(time.RFC3339), "and lasts",
			c.Next(start).Sub(start))
	}
	// Output:
	// 2 days in [2026-03-27T23:00Z, 2026-03-29T22:00Z)
	// 2026-03-28 starts 2026-03-27T23:00:00Z and lasts 24h0m0s
	// 2026-03-29 starts 2026-03-28T23:00:00Z and lasts 23h0m0s
}
