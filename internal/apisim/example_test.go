package apisim_test

import (
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// A restatement changes the truth from a moment on, and not before.
func ExampleSimulator_Restate() {
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	sim := apisim.New(apisim.Options{Seed: 1, Now: func() time.Time { return now }})
	hour := time.Date(2026, 5, 1, 13, 0, 0, 0, time.UTC)
	err := sim.Restate(apisim.Restatement{
		Begin: hour, End: hour.Add(time.Hour), Region: "MC", Gateway: "public", Direction: "downlink",
		Factor: &apisim.Ratio{Num: 11, Den: 10},
	})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(sim.Bytes("hourly", "MC", "public", "downlink", hour, now.Add(-time.Second)))
	fmt.Println(sim.Bytes("hourly", "MC", "public", "downlink", hour, now))
	// Output:
	// 24872055479
	// 27359261026
}

// The truth yields what the API reports; buckets without traffic are left out.
func ExampleSimulator_Truth() {
	sim := apisim.New(apisim.Options{Seed: 1})
	begin := time.Date(2026, 4, 30, 16, 0, 0, 0, time.UTC) // midnight in UTC+8
	for row := range sim.Truth(apisim.Query{
		Granularity: "daily", Region: "AP", Gateway: "private",
		Begin: begin.AddDate(0, 0, 1), End: begin.AddDate(0, 0, 2), AsOf: begin.AddDate(0, 1, 0),
	}) {
		fmt.Println(row.Traffic, row.Begin.Format(time.RFC3339), row.Bytes)
	}
	// Output:
	// uplink 2026-05-01T16:00:00Z 14925668481
	// downlink 2026-05-01T16:00:00Z 32621048884
	// total 2026-05-01T16:00:00Z 47546717365
}
