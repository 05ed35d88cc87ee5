package extract_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestAnswersAreTheTruth fetches every series and compares with the simulator's truth.
func TestAnswersAreTheTruth(t *testing.T) {
	r := online(t)
	client := r.client()
	month := flow.Window{Begin: aDay.Begin.AddDate(0, 0, -9), End: now.Add(-20 * time.Hour)}
	points := 0
	for _, g := range flow.Granularities() {
		for _, region := range flow.Regions() {
			for _, gateway := range flow.GatewayTypes() {
				for _, traffic := range flow.TrafficTypes() {
					s := flow.Series{Account: "main", Granularity: g, Region: region,
						Gateway: gateway, Traffic: traffic}
					got, err := client.Fetch(context.Background(), s, month, r.stamp)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(r.truth(s, month), got.Points); diff != "" {
						t.Fatalf("%s (-want +got):\n%s", s, diff)
					}
					points += len(got.Points)
					received := r.last()
					want := received
					want.SecretID, want.RequestID, want.Outcome, want.Points = secretID, got.RequestID,
						"OK", len(got.Points)
					want.Granularity, want.Region, want.Gateway, want.Traffic = string(g), string(region),
						string(gateway), string(traffic)
					want.Begin, want.End = month.Begin.Unix(), month.End.Unix()-1
					if diff := cmp.Diff(want, received); diff != "" {
						t.Fatalf("%s: request (-want +got):\n%s", s, diff)
					}
				}
			}
		}
	}
	if points < 10_000 {
		t.Errorf("only %d points were compared", points)
	}
}

func TestAnAnswerCarriesItsTotalsAndItsStamp(t *testing.T) {
	r := online(t, apisim.Fault{Code: "InternalError", Count: 2})
	got, err := r.fetch(hourly, aDay)
	if err != nil {
		t.Fatal(err)
	}
	var sum, most float64
	for _, p := range got.Points {
		sum += float64(p.Bytes)
		most = max(most, float64(p.Bytes))
	}
	average := sum / float64(len(got.Points))
	want := flow.Answer{
		Points: r.truth(hourly, aDay), Max: &most, Avg: &average, Total: &sum, RequestID: r.last().RequestID,
		// the stamp of the request that was answered
		Sent: flow.Stamp{At: now.Add(3 * time.Second), Version: 3}, Attempts: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if r.stamps != 3 {
		t.Errorf("%d stamps were taken for 3 requests", r.stamps)
	}
}

// TestWaysToWriteAnAnswer: every notation of numbers and times decodes to the same points.
func TestWaysToWriteAnAnswer(t *testing.T) {
	for what, change := range map[string]func(*apisim.Settings){
		"1.234E9":         func(s *apisim.Settings) { s.Exponent = true },
		"fractions":       func(s *apisim.Settings) { s.Fractional = true },
		"both":            func(s *apisim.Settings) { s.Fractional, s.Exponent = true, true },
		"time as number":  func(s *apisim.Settings) { s.TimeAsNumber = true },
		"null for empty":  func(s *apisim.Settings) { s.NullEmpty = true },
		"slow, in chunks": func(s *apisim.Settings) { s.Latency = apisim.Duration(time.Millisecond) },
	} {
		t.Run(what, func(t *testing.T) {
			r := online(t)
			r.set(change)
			future := flow.Window{Begin: now.Add(24 * time.Hour), End: now.Add(48 * time.Hour)}
			for _, w := range []flow.Window{aDay, future} {
				for _, s := range []flow.Series{hourly, daily} {
					got, err := r.fetch(s, w)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(r.truth(s, w), plain(got.Points), equateEmpty); diff != "" {
						t.Errorf("%s of %s (-want +got):\n%s", w, s, diff)
					}
				}
			}
		})
	}
}

var equateEmpty = cmp.Transformer("points", func(p []flow.Point) map[time.Time]flow.Point {
	out := map[time.Time]flow.Point{}
	for _, p := range p {
		out[p.Time] = p
	}
	return out
})

// TestPointsAreHandedOnAsTheyCame: extract passes wrong points on unchanged; transform judges them.
func TestPointsAreHandedOnAsTheyCame(t *testing.T) {
	for kind, more := range map[string]int{
		apisim.FaultShuffle: 0, apisim.FaultDuplicateSame: 1, apisim.FaultDuplicateOther: 1,
		apisim.FaultBeforeWindow: 1, apisim.FaultAfterWindow: 1,
		apisim.FaultFarOutside: 1, apisim.FaultCurrentString: 0, apisim.FaultDropOne: -1, apisim.FaultOffBucket: 0,
	} {
		r := online(t, apisim.Fault{Kind: kind})
		got, err := r.fetch(hourly, aDay)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if want := len(r.truth(hourly, aDay)) + more; len(got.Points) != want || r.sim.Stats().Faults[kind] != 1 {
			t.Errorf("%s: %d points, want %d", kind, len(got.Points), want)
		}
	}
}

func TestAnEndpointThatIsNone(t *testing.T) {
	r := newRig(t)
	r.config.Endpoint = "127.0.0.1:80"
	if _, err := extract.New(r.config, r.deps); err == nil {
		t.Error("accepted")
	}
}
