package transform_test

import (
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// Four hours are requested, and the API reports three points: one of them lies before the window. Each hour of the
// window becomes a fact, those without a point too. In Shanghai the last two hours belong to the next day.
func ExampleFacts() {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		fmt.Println(err)
		return
	}
	hour := func(n int) time.Time { return time.Date(2026, 5, 1, n, 0, 0, 0, time.UTC) }
	rules := transform.Rules{
		Calendar:    flow.NewCalendar(flow.Hourly, shanghai),
		FinalBefore: hour(16), // midnight in Shanghai
	}
	window := flow.Window{Begin: hour(14), End: hour(18)}
	answer := flow.Answer{
		Points: []flow.Point{{Time: hour(13), Bytes: 900}, {Time: hour(14), Bytes: 70}, {Time: hour(16), Bytes: 0}},
		Total:  new(970.0), Max: new(900.0), // over all points that the API returned
	}
	extract, err := transform.Facts(rules, window, answer)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range extract.Facts {
		fmt.Printf("%s of %s: %2d bytes, reported %t, final %t\n",
			f.Bucket.Format("15:04"), f.Day.Format(time.DateOnly), f.Bytes, f.Reported, f.Final)
	}
	fmt.Println("dropped:", extract.Dropped)

	answer.Total = new(2000.0) // an answer that contradicts itself yields no fact at all
	_, err = transform.Facts(rules, window, answer)
	fmt.Println(err)
	// Output:
	// 14:00 of 2026-05-01: 70 bytes, reported true, final true
	// 15:00 of 2026-05-01:  0 bytes, reported false, final true
	// 16:00 of 2026-05-02:  0 bytes, reported true, final false
	// 17:00 of 2026-05-02:  0 bytes, reported false, final false
	// dropped: 1
	// TotalValue 2000, but its 3 points sum to 970
}
