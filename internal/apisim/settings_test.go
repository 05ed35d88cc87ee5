package apisim_test

import (
	"context"
	"encoding/json"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// TestAnswerIsTheTruth: with default settings the answers for all 60 series are the rows of the truth, with totals that
// agree, at a moment when many values are still growing.
func TestAnswerIsTheTruth(t *testing.T) {
	g := newRig(t, func(o *apisim.Options) { o.Settings = apisim.DefaultSettings(); o.Settings.Rate = 0 })
	g.sim.SetNow(noon.Add(23*time.Minute + 17*time.Second))
	from, to := noon.AddDate(0, 0, -5).Add(4*time.Hour), noon.AddDate(0, 0, 1).Add(4*time.Hour)
	rows := 0
	for _, granularity := range []string{"hourly", "daily"} {
		for _, region := range []string{"ALL", "MC", "AP", "EU", "AM"} {
			for _, gateway := range []string{"public", "private"} {
				for _, traffic := range []string{"uplink", "downlink", "total"} {
					got := g.send(window(granularity, region, gateway, traffic, from, to))
					i, sum, highest := 0, uint64(0), uint64(0)
					for row := range g.sim.Truth(apisim.Query{Granularity: granularity, Region: region,
						Gateway: gateway, Traffic: traffic, Begin: from, End: to}) {
						if i == len(got.Response.NetDetails) {
							t.Fatalf("the answer lacks %v", row)
						}
						current := decimal(t, got.Response.NetDetails[i].Current)
						if !got.time(g, i).Equal(row.Begin) || current.Cmp(whole(row.Bytes)) != 0 {
							t.Fatalf("point %v, truth %v", got.Response.NetDetails[i], row)
						}
						i, sum, highest = i+1, sum+row.Bytes, max(highest, row.Bytes)
					}
					rows += i
					if i != len(got.Response.NetDetails) || decimal(t, got.Response.TotalValue).Cmp(whole(sum)) != 0 ||
						decimal(t, got.Response.MaxValue).Cmp(whole(highest)) != 0 {
						t.Fatalf("%d points of %s; total %d", i, got.raw, sum)
					}
				}
			}
		}
	}
	if rows < 30*100 {
		t.Errorf("compared %d rows", rows)
	}
}

func decimal(t *testing.T, n json.Number) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		t.Fatalf("%q is no number", n)
	}
	return r
}

func whole(n uint64) *big.Rat { return new(big.Rat).SetInt(new(big.Int).SetUint64(n)) }

// days returns the days of May 2026, in UTC+8, at which the daily points of an answer start.
func (g *rig) days(begin, end time.Time) (days []int) {
	a := window("daily", "MC", "public", "total", begin, begin.Add(time.Second))
	a["EndTime"] = end.Unix()
	got := g.send(a)
	for i := range got.Response.NetDetails {
		days = append(days, got.time(g, i).Add(8*time.Hour).Day())
	}
	return days
}

func TestWindowEdges(t *testing.T) {
	may := func(day int) time.Time { return time.Date(2026, 5, day, 0, 0, 0, 0, time.FixedZone("", 8*3600)) }
	g := newRig(t)
	for _, c := range []struct {
		name       string
		change     func(*apisim.Settings)
		begin, end time.Time
		want       []int
	}{
		{"default", func(*apisim.Settings) {}, may(3), may(6).Add(-time.Second), []int{3, 4, 5}},
		{"end exclusive", func(*apisim.Settings) {}, may(3), may(6), []int{3, 4, 5}},
		{"begin inside", func(*apisim.Settings) {}, may(3).Add(time.Second), may(6), []int{4, 5}},
		{"end inclusive", func(s *apisim.Settings) { s.EndInclusive = true }, may(3), may(6), []int{3, 4, 5, 6}},
		{"still", func(*apisim.Settings) {}, may(3), may(6).Add(-time.Second), []int{3, 4, 5}},
		{"before", func(s *apisim.Settings) { s.PointBeforeBegin = true }, may(3), may(6).Add(-time.Second),
			[]int{2, 3, 4, 5}},
		{"before, begin inside", func(*apisim.Settings) {}, may(3).Add(time.Hour), may(6).Add(-time.Second),
			[]int{2, 3, 4, 5}},
	} {
		g.set(c.change)
		if diff := cmp.Diff(c.want, g.days(c.begin, c.end)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSpanAndRetention(t *testing.T) {
	g := newRig(t)
	g.set(func(s *apisim.Settings) {
		s.Rate, s.MaxSpanHourly, s.RetentionDaily = 0, apisim.Duration(24*time.Hour), apisim.Duration(240*time.Hour)
	})
	day := window("hourly", "MC", "public", "total", noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -2))
	if got := g.send(day).code(); got != "" {
		t.Errorf("a day: %q", got)
	}
	day["EndTime"] = noon.AddDate(0, 0, -2).Unix()
	if got := g.send(day).code(); got != "InvalidParameterValue" {
		t.Errorf("a second more: %q", got)
	}
	old := window("daily", "MC", "public", "total", noon.AddDate(0, 0, -10).Add(-time.Second), noon)
	if got := g.send(old).code(); got != "InvalidParameterValue" {
		t.Errorf("too old: %q", got)
	}
	g.set(func(s *apisim.Settings) { s.RetentionMode = apisim.RetentionEmpty })
	if got := len(g.send(old).Response.NetDetails); got != 10 {
		t.Errorf("%d days within the retention", got)
	}
	gone := g.send(window("daily", "MC", "public", "total", noon.AddDate(0, 0, -20), noon.AddDate(0, 0, -12)))
	if !strings.Contains(gone.raw, `"NetDetails":[],"MaxValue":0,"AvgValue":0,"TotalValue":0,`) {
		t.Errorf("beyond the retention: %s", gone.raw)
	}
	g.set(func(s *apisim.Settings) { s.NullEmpty = true })
	empty := window("daily", "MC", "public", "total", noon.AddDate(0, 0, -20), noon.AddDate(0, 0, -12))
	if raw := g.send(empty).raw; !strings.Contains(raw, `"NetDetails":null,`) {
		t.Errorf("null_empty: %s", raw)
	}
	if n := g.sim.Bytes("daily", "MC", "public", "total", noon.AddDate(0, 0, -20), noon); n == 0 {
		t.Error("the truth forgets")
	}
}

// TestRetentionByRegion: a region's own retention applies to it; without one, the general retention does.
func TestRetentionByRegion(t *testing.T) {
	g := newRig(t)
	g.control(http.MethodPatch, "settings",
		`{"rate":0,"retention_hourly":"20d","retention_by_region":`+
			`{"ALL":{"hourly":"10d"},"EU":{"hourly":"30d","daily":"5d"}}}`)
	const endless = 1000
	for _, mode := range []string{apisim.RetentionError, apisim.RetentionEmpty} {
		g.set(func(s *apisim.Settings) { s.RetentionMode = mode })
		for _, c := range []struct {
			granularity, region string
			days                int
		}{
			{"hourly", "ALL", 10}, {"hourly", "MC", 20}, {"hourly", "EU", 30},
			{"daily", "ALL", endless}, {"daily", "MC", endless}, {"daily", "EU", 5},
		} {
			for age, want := range map[int]bool{c.days - 1: true, c.days + 1: false, 40: c.days == endless} {
				if age >= endless-1 {
					continue
				}
				begin := noon.AddDate(0, 0, -age)
				got := g.send(window(c.granularity, c.region, "public", "total", begin, begin.AddDate(0, 0, 1)))
				code := ""
				if !want && mode == apisim.RetentionError {
					code = "InvalidParameterValue"
				}
				if got.code() != code || (len(got.Response.NetDetails) > 0) != want {
					t.Errorf("%s of %s, %d days old, %s: %s", c.granularity, c.region, age, mode, got.raw)
				}
			}
		}
	}
}

// TestPresentation: settings of the look of numbers do not change their values.
func TestPresentation(t *testing.T) {
	g := newRig(t)
	plain := g.send(aDay())
	for _, c := range []struct {
		name   string
		change func(*apisim.Settings)
		looks  string
		shift  time.Duration
	}{
		{"exponent", func(s *apisim.Settings) { s.Exponent = true }, `"Current":\d\.\d+E\d+,"Time":"\d+"`, 0},
		{"time_as_number", func(s *apisim.Settings) { s.TimeAsNumber = true }, `"Current":\d+,"Time":\d+}`, 0},
		{"hourly_offset", func(s *apisim.Settings) { s.HourlyOffset = apisim.Duration(30 * time.Minute) },
			`"Time":"\d+"`, 30 * time.Minute},
		{"fractional", func(s *apisim.Settings) { s.Fractional = true }, `"Current":\d+\.\d{1,3},`, 0},
		{"fractional and exponent", func(s *apisim.Settings) { s.Fractional, s.Exponent = true, true },
			`"Current":\d\.\d+E9,`, 0},
	} {
		if err := g.sim.Configure(apisim.DefaultSettings()); err != nil {
			t.Fatal(err)
		}
		g.set(c.change)
		got := g.send(aDay())
		if !regexp.MustCompile(c.looks).MatchString(got.raw) {
			t.Errorf("%s looks like %s", c.name, got.raw)
		}
		sum, half := new(big.Rat), big.NewRat(1, 2)
		for i, p := range got.Response.NetDetails {
			want := plain.Response.NetDetails[i]
			off := new(big.Rat).Sub(decimal(t, p.Current), decimal(t, want.Current))
			if off.Abs(off).Cmp(half) >= 0 || !got.time(g, i).Equal(plain.time(g, i).Add(c.shift)) {
				t.Errorf("%s: %v became %v", c.name, want, p)
			}
			sum.Add(sum, decimal(t, p.Current))
		}
		if sum.Cmp(decimal(t, got.Response.TotalValue)) != 0 ||
			len(got.Response.NetDetails) != len(plain.Response.NetDetails) {
			t.Errorf("%s: total %s, sum %s", c.name, got.Response.TotalValue, sum.FloatString(3))
		}
	}
}

func TestWrongTotals(t *testing.T) {
	g := newRig(t)
	right := g.send(aDay())
	g.set(func(s *apisim.Settings) { s.WrongTotal, s.WrongMax = 8, 0.5 })
	wrong := g.send(aDay())
	eight := new(big.Rat).Mul(decimal(t, right.Response.TotalValue), big.NewRat(8, 1))
	if decimal(t, wrong.Response.TotalValue).Cmp(eight) != 0 || wrong.Response.MaxValue == right.Response.MaxValue {
		t.Errorf("right %s, wrong %s", right.raw, wrong.raw)
	}
}

func TestClockOffset(t *testing.T) {
	g := newRig(t)
	g.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(10 * time.Minute) })
	got := g.send(aDay())
	if date, err := http.ParseTime(got.header.Get("Date")); err != nil || !date.Equal(noon.Add(10*time.Minute)) ||
		got.code() != "AuthFailure.SignatureExpire" {
		t.Errorf("%v, %v, %s", date, err, got.raw)
	}
}

// TestLatency: an answer is delayed, shows the data as of the request's arrival, and ends with its client.
func TestLatency(t *testing.T) {
	waits := make(chan time.Duration)
	release := make(chan struct{})
	left := make(chan error, 1)
	g := newRig(t, func(o *apisim.Options) {
		o.Wait = func(ctx context.Context, d time.Duration) error {
			waits <- d
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				left <- ctx.Err()
				return ctx.Err()
			}
		}
	})
	g.set(func(s *apisim.Settings) { s.Latency = apisim.Duration(150 * time.Millisecond) })
	answers := make(chan reply, 1)
	go func() {
		answer, _ := g.exchange(g.signed(aDay()))
		answers <- answer
	}()
	if d := <-waits; d != 150*time.Millisecond {
		t.Errorf("waited %s", d)
	}
	if err := g.sim.Restate(apisim.Restatement{Begin: noon.AddDate(0, 0, -9), End: noon, Remove: true}); err != nil {
		t.Fatal(err)
	}
	release <- struct{}{}
	if got := <-answers; len(got.Response.NetDetails) == 0 {
		t.Errorf("the answer is younger than its request: %s", got.raw)
	}

	ctx, leave := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() {
		_, err := g.exchange(g.signed(aDay()).WithContext(ctx))
		gone <- err
	}()
	<-waits
	leave()
	if err := <-gone; err == nil {
		t.Error("an answer after the client left")
	}
	if err := <-left; err == nil {
		t.Error("the wait did not end")
	}
}

func TestImpossibleSettings(t *testing.T) {
	s := apisim.New(apisim.Options{})
	for _, change := range []func(*apisim.Settings){
		func(s *apisim.Settings) { s.Rate = -1 },
		func(s *apisim.Settings) { s.Latency = -1 },
		func(s *apisim.Settings) { s.RetentionMode = "gone" },
		func(s *apisim.Settings) { s.DataLag = apisim.Duration(time.Second) },
		func(s *apisim.Settings) { s.DayOffset = apisim.Duration(24 * time.Hour) },
		func(s *apisim.Settings) { s.HourlyOffset = apisim.Duration(time.Hour) },
		func(s *apisim.Settings) { s.RetentionByRegion.AM.Daily = -1 },
	} {
		set := apisim.DefaultSettings()
		change(&set)
		if err := s.Configure(set); err == nil {
			t.Errorf("accepted: %+v", set)
		}
	}
}
