package apisim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

func model(seed uint64) *apisim.Simulator {
	return apisim.New(apisim.Options{Seed: seed, Now: func() time.Time { return noon }})
}

// TestGolden: the numbers never change, because other tests and documents quote them.
func TestGolden(t *testing.T) {
	s := model(1)
	var got []string
	for _, c := range []struct{ granularity, region, gateway, traffic, begin string }{
		{"hourly", "MC", "public", "downlink", "2026-05-01T13:00:00Z"},
		{"hourly", "AM", "private", "uplink", "2026-05-01T16:00:00Z"},
		{"hourly", "ALL", "public", "total", "2025-01-01T00:00:00Z"},
		{"hourly", "EU", "private", "total", "1999-12-31T23:00:00Z"},
		{"daily", "AP", "private", "total", "2026-05-01T16:00:00Z"},
		{"daily", "ALL", "public", "total", "2026-05-01T16:00:00Z"},
	} {
		got = append(got, fmt.Sprint(s.Bytes(c.granularity, c.region, c.gateway, c.traffic, at(c.begin), noon)))
	}
	want := []string{"24872055479", "516661589", "37012737166", "23142509", "47546717365", "844044355697"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the model changed (-want +got):\n%s", diff)
	}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// TestIdentities: parts add up to their sums at random moments, for random buckets, young and restated ones included.
func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := model(rapid.Uint64().Draw(t, "seed"))
		begin := noon.Add(-time.Duration(rapid.IntRange(0, 24*400).Draw(t, "hours ago")) * time.Hour)
		asOf := begin.Add(time.Duration(rapid.IntRange(-60, 60*24*5).Draw(t, "as of, minutes")) * time.Minute)
		for range rapid.IntRange(0, 3).Draw(t, "restatements") {
			set := rapid.Uint64Range(0, 1e10).Draw(t, "set")
			err := s.Restate(apisim.Restatement{
				Begin: begin.Add(-time.Hour), End: begin.Add(5 * time.Hour), Set: &set,
				Region:    rapid.SampledFrom([]string{"", "ALL", "MC", "AM"}).Draw(t, "region"),
				Gateway:   rapid.SampledFrom([]string{"", "public", "private"}).Draw(t, "gateway"),
				Direction: rapid.SampledFrom([]string{"", "uplink", "total"}).Draw(t, "direction"),
				At:        begin.Add(30 * time.Minute),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		gateway := rapid.SampledFrom([]string{"public", "private"}).Draw(t, "gateway")
		for _, granularity := range []string{"hourly", "daily"} {
			get := func(region, traffic string) uint64 {
				return s.Bytes(granularity, region, gateway, traffic, begin, asOf)
			}
			for _, region := range []string{"ALL", "MC", "AP", "EU", "AM"} {
				up, down, both := get(region, "uplink"), get(region, "downlink"), get(region, "total")
				if up+down != both {
					t.Fatalf("%s %s: %d + %d != %d", granularity, region, up, down, both)
				}
				day := begin.Add(8 * time.Hour).Truncate(24 * time.Hour).Add(-8 * time.Hour)
				var hours uint64
				for h := range 24 {
					hours += s.Bytes("hourly", region, gateway, "total", day.Add(time.Duration(h)*time.Hour), asOf)
				}
				if got := s.Bytes("daily", region, gateway, "total", begin, asOf); got != hours {
					t.Fatalf("%s: day %d, hours %d", region, got, hours)
				}
			}
			parts := get("MC", "total") + get("AP", "total") + get("EU", "total") + get("AM", "total")
			if parts != get("ALL", "total") {
				t.Fatalf("%s: regions %d, ALL %d", granularity, parts, get("ALL", "total"))
			}
		}
	})
}

// TestGrowth: without restatements a bucket is 0 until the lag has passed, then only grows, and is constant after
// growth.
func TestGrowth(t *testing.T) {
	s := model(3)
	late := 0
	for h := range 24 * 14 {
		begin := noon.Add(-time.Duration(24*30+h) * time.Hour)
		get := func(asOf time.Duration) uint64 {
			return s.Bytes("hourly", "AP", "public", "downlink", begin, begin.Add(asOf))
		}
		if got := get(6 * time.Minute); got != 0 {
			t.Fatalf("%s: %d bytes within the lag", begin, got)
		}
		previous, changed := uint64(0), 0
		for m := 7; m <= 60*75; m++ {
			now := get(time.Duration(m) * time.Minute)
			if now < previous {
				t.Fatalf("%s shrank after %d minutes", begin, m)
			}
			if now != previous && m > 66 {
				changed++
				if m > 60+72*60 {
					t.Fatalf("%s grew after %d minutes", begin, m)
				}
			}
			previous = now
		}
		if changed > 2 {
			t.Fatalf("%s grew in %d late steps", begin, changed)
		}
		late += min(changed, 1)
		if final := get(365 * 24 * time.Hour); final != previous {
			t.Fatalf("%s: %d became %d", begin, previous, final)
		}
	}
	if late < 20 || late > 70 {
		t.Errorf("%d of %d hours were restated, want about an eighth", late, 24*14)
	}
}

// TestBelievable: sizes, the share of quiet buckets, and the rhythm of days are realistic.
func TestBelievable(t *testing.T) {
	s := model(1)
	q := apisim.Query{Begin: at("2025-12-31T16:00:00Z"), End: at("2026-04-30T16:00:00Z")}
	count := map[string]int{}
	var least, most uint64 = 1 << 63, 0
	for row := range s.Truth(q) {
		count[row.Granularity+" "+row.Region+" "+row.Gateway+" "+row.Traffic]++
		if row.Granularity == "hourly" && row.Region != "ALL" && row.Traffic != "total" {
			least, most = min(least, row.Bytes), max(most, row.Bytes)
		}
	}
	if least < 10e6 || most > 50e9 {
		t.Errorf("an hour has %d to %d bytes", least, most)
	}
	const hours = 24 * 120
	for key, bounds := range map[string][2]int{
		"hourly MC public total":    {hours * 98 / 100, hours - 1},
		"hourly ALL private total":  {hours - 30, hours - 1},
		"hourly ALL public total":   {hours - 3, hours},
		"hourly AM private uplink":  {hours * 55 / 100, hours * 80 / 100},
		"daily AM private total":    {105, 119},
		"daily MC private downlink": {120, 120},
	} {
		if n := count[key]; n < bounds[0] || n > bounds[1] {
			t.Errorf("%s: %d buckets, want %v", key, n, bounds)
		}
	}
	if len(count) != 60 {
		t.Errorf("%d series", len(count))
	}
	evening := s.Bytes("hourly", "MC", "public", "total", at("2026-03-04T12:00:00Z"), noon)
	night := s.Bytes("hourly", "MC", "public", "total", at("2026-03-04T20:00:00Z"), noon)
	if evening < 3*night {
		t.Errorf("evening %d, night %d", evening, night)
	}
}

// TestRestatementBackAndForth: a bucket is A, then B, then A again; the truth as of earlier moments stays.
func TestRestatementBackAndForth(t *testing.T) {
	s := model(1)
	hour := at("2026-05-01T08:00:00Z")
	get := func(region, asOf string) uint64 { return s.Bytes("hourly", region, "public", "total", hour, at(asOf)) }
	a, other := get("MC", "2026-05-10T00:00:00Z"), get("AP", "2026-05-10T00:00:00Z")
	order := func(r apisim.Restatement) {
		t.Helper()
		r.Begin, r.End, r.Region, r.Gateway = hour, hour.Add(time.Hour), "MC", "public"
		if err := s.Restate(r); err != nil {
			t.Fatal(err)
		}
	}
	// Made in another order than they take effect.
	order(apisim.Restatement{Factor: &apisim.Ratio{Num: 1, Den: 2}, At: at("2026-05-12T00:00:00Z")})
	order(apisim.Restatement{Factor: &apisim.Ratio{Num: 2, Den: 1}, At: at("2026-05-11T00:00:00Z")})
	order(apisim.Restatement{Remove: true, At: at("2026-05-13T00:00:00Z")})
	order(apisim.Restatement{Restore: true, At: at("2026-05-14T00:00:00Z")})
	got := []uint64{get("MC", "2026-05-10T23:59:59Z"), get("MC", "2026-05-11T00:00:00Z"),
		get("MC", "2026-05-12T00:00:00Z"),
		get("MC", "2026-05-13T00:00:00Z"), get("MC", "2026-05-14T00:00:00Z"), get("AP", "2026-05-14T00:00:00Z")}
	if want := []uint64{a, 2 * a, a, 0, a, other}; !slices.Equal(got, want) {
		t.Errorf("got %d, want %d", got, want)
	}
	if at := s.Restatements()[0].At; !at.Equal(noon.AddDate(0, 0, -9).Add(-12 * time.Hour)) {
		t.Errorf("first to hold: %s", at)
	}
}

func TestRestatementErrors(t *testing.T) {
	s := model(1)
	for _, r := range []apisim.Restatement{
		{Begin: noon, End: noon.Add(time.Hour)},
		{Begin: noon, End: noon, Remove: true},
		{Begin: noon, End: noon.Add(time.Hour), Remove: true, Restore: true},
		{Begin: noon, End: noon.Add(time.Hour), Remove: true, Region: "XX"},
		{Begin: noon, End: noon.Add(time.Hour), Factor: &apisim.Ratio{Num: 1}},
	} {
		if err := s.Restate(r); err == nil {
			t.Errorf("%+v was accepted", r)
		}
	}
}

// TestDayZone: in a zone off the full hour two days share an hour, and no byte is lost or counted twice.
func TestDayZone(t *testing.T) {
	s := model(1)
	set := s.Settings()
	set.DayOffset = apisim.Duration(5*time.Hour + 30*time.Minute)
	if err := s.Configure(set); err != nil {
		t.Fatal(err)
	}
	begin := at("2026-03-01T18:30:00Z")
	var days, hours uint64
	for d := range 10 {
		days += s.Bytes("daily", "MC", "public", "total", begin.AddDate(0, 0, d), noon)
	}
	for h := range 240 {
		hours += s.Bytes("hourly", "MC", "public", "total", begin.Add(time.Duration(h)*time.Hour), noon)
	}
	first, last := s.Bytes("hourly", "MC", "public", "total", begin, noon),
		s.Bytes("hourly", "MC", "public", "total", begin.AddDate(0, 0, 10), noon)
	if whole := hours - first/2 + last/2; days > whole+4 || days+4 < whole {
		t.Errorf("days %d, hours %d", days, whole)
	}
}

func BenchmarkDailyYear(b *testing.B) {
	s := model(1)
	for b.Loop() {
		for range s.Truth(apisim.Query{Granularity: "daily", Region: "ALL", Gateway: "private", Traffic: "total",
			Begin: noon.AddDate(-1, 0, 0), End: noon}) {
		}
	}
}
