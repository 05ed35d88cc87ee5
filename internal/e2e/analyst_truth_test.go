package e2e

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

var (
	regionNames  = []string{"AM", "AP", "EU", "MC"}
	gatewayNames = []string{"private", "public"}
)

// use is what one gateway type of a region carried in a bucket, both directions.
type use struct {
	begin                time.Time
	day, region, gateway string
	bytes                uint64
}

// used is the truth of the usage views from begin to end as of a moment. An hour or day without traffic is not in it.
func (r *rig) used(granularity string, begin, end, asOf time.Time) []use {
	var out []use
	for _, region := range regionNames {
		for row := range r.sim.Truth(apisim.Query{
			Granularity: granularity, Region: region, Traffic: "total", Begin: begin, End: end, AsOf: asOf,
		}) {
			out = append(out, use{row.Begin, row.Begin.Add(8 * time.Hour).Format(time.DateOnly), region, row.Gateway, row.Bytes})
		}
	}
	return out
}

// sum adds up what keep keeps.
func sum(all []use, keep func(use) bool) (bytes uint64) {
	for _, u := range all {
		if keep(u) {
			bytes += u.bytes
		}
	}
	return bytes
}

func in(region string) func(use) bool { return func(u use) bool { return u.region == region } }

// round is a number with some decimals, as ClickHouse prints it.
func round(x float64, decimals int) string {
	scale := math.Pow10(decimals)
	return strconv.FormatFloat(math.Round(x*scale)/scale, 'f', -1, 64)
}

func gigabytes(bytes uint64) string     { return round(float64(bytes)/1e9, 1) }
func percentage(part, of uint64) string { return round(100*float64(part)/float64(of), 1) }
func grown(from, to uint64) string      { return round(100*(float64(to)/float64(from)-1), 1) }
func megabits(bytes uint64) string      { return round(float64(bytes)*8/3600/1e6, 2) }
func difference(a, b uint64) string     { return fmt.Sprint(int64(b) - int64(a)) }
func dayOf(month, day int) time.Time    { return localDay(2025, time.Month(month), day) }
func number[T int | uint64](n T) string { return fmt.Sprint(n) }

// truths are the answers of docs/warehouse.md by the title of their question, from the simulator alone: neither a view
// nor a table is read.
func (r *rig) truths() map[string][][]string {
	out := map[string][][]string{}
	row := func(title string, cells ...string) { out[title] = append(out[title], cells) }
	october := r.used("daily", dayOf(10, 1), dayOf(11, 1), today)
	paid := r.used("daily", dayOf(10, 1), dayOf(11, 1), loaded) // on the 3rd nobody had asked since
	november := r.used("daily", dayOf(11, 1), dayOf(11, 18), today)
	for day := 15; day <= 17; day++ {
		date := fmt.Sprintf("2025-11-%d", day)
		for _, region := range regionNames {
			row("How much traffic was there each day, by region?", date, region,
				number(sum(november, func(u use) bool { return u.day == date && u.region == region })))
		}
	}
	for _, region := range regionNames {
		private := sum(october, func(u use) bool { return u.region == region && u.gateway == "private" })
		all := sum(october, in(region))
		row("What is the share of private gateways?", region, gigabytes(private), gigabytes(all), percentage(private, all))
		row("What did October come to when it was paid, and what now?", region, number(sum(paid, in(region))),
			number(all), difference(sum(paid, in(region)), all))
		last := sum(november, func(u use) bool { return u.region == region && u.day >= "2025-11-03" && u.day < "2025-11-10" })
		this := sum(november, func(u use) bool { return u.region == region && u.day >= "2025-11-10" && u.day < "2025-11-17" })
		row("How does this week compare with the last?", region, gigabytes(last), gigabytes(this), grown(last, this))
	}
	all := func(use) bool { return true }
	september := r.used("daily", dayOf(9, 1), dayOf(10, 1), today)
	var before float64
	for _, m := range []struct {
		first string
		days  int
		use   []use
	}{{"2025-09-01", 30, september}, {"2025-10-01", 31, october}, {"2025-11-01", 17, november}} {
		mean, growth := float64(sum(m.use, all))/float64(m.days), "NULL"
		if before > 0 {
			growth = round(100*(mean/before-1), 1)
		}
		row("How fast does traffic grow?", m.first, number(m.days), round(mean/1e9, 1), growth)
		before = mean
	}
	for day := 1; day <= 31; day++ {
		for _, region := range regionNames {
			for _, gateway := range gatewayNames {
				of := func(u use) bool {
					return u.day == fmt.Sprintf("2025-10-%02d", day) && u.region == region && u.gateway == gateway
				}
				if d := difference(sum(paid, of), sum(october, of)); d != "0" {
					row("Which days of it have changed since?", fmt.Sprintf("2025-10-%02d", day), region, gateway, d)
				}
			}
		}
	}
	row("Which days are still preliminary?", "2025-11-13", "2025-11-17", "5") // the 13th ended less than five days ago
	row("How fresh is it?", "2025-11-18 08:00:00", "2025-11-18 09:50:00.000")
	// The API keeps 60 days of hours. The hour that was answered with nonsense yesterday was found by halving, and all
	// beside it is loaded.
	row("Where are data missing, and why?", "hourly", "2025-08-31 16:00:00", "2025-09-03 03:00:00", "unavailable", "30")
	row("Where are data missing, and why?", "hourly", "2025-11-12 03:00:00", "2025-11-12 04:00:00", "failed", "1")
	r.hourlyTruths(row)
	r.revisionTruths(row)
	return out
}

// hourlyTruths are those of questions about hours.
func (r *rig) hourlyTruths(row func(title string, cells ...string)) {
	october := r.used("hourly", dayOf(10, 1), dayOf(11, 1), today)
	perHour := map[time.Time]uint64{}
	for _, u := range october {
		perHour[u.begin] += u.bytes
	}
	var busiest []use
	for begin, bytes := range perHour {
		busiest = append(busiest, use{begin: begin, bytes: bytes})
	}
	slices.SortFunc(busiest, func(a, b use) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, u := range busiest[:3] {
		row("Which were the busiest hours?", u.begin.Format(time.DateTime),
			u.begin.Add(8*time.Hour).Format(time.DateTime), number(u.bytes))
	}
	for _, then := range []struct {
		name        string
		asOf        time.Time
		lastAskedAt string
	}{{"on 3 November", loaded, "2025-11-02 03:00:00.000"}, {"now", today, "2025-11-17 09:50:00.000"}} {
		begin := time.Date(2025, 10, 31, 12, 0, 0, 0, time.UTC)
		row("What was one hour taken for, and what is it now?", then.name, begin.Format(time.DateTime),
			number(r.sim.Bytes("hourly", "EU", "public", "total", begin, then.asOf)), then.lastAskedAt)
	}
	kept, end := loaded.AddDate(0, 0, -60), today.Truncate(time.Hour)
	lost, found := time.Date(2025, 11, 12, 3, 0, 0, 0, time.UTC), time.Date(2025, 11, 12, 4, 0, 0, 0, time.UTC)
	covered, reported := 0, 0
	for begin := kept; begin.Before(end); begin = begin.Add(time.Hour) {
		if !begin.Before(lost) && begin.Before(found) {
			continue
		}
		covered++
		if r.sim.Bytes("hourly", "AP", "private", "uplink", begin, today) > 0 {
			reported++
		}
	}
	row("Which series are behind?", "hourly", "AP", "private", "uplink", number(covered), number(reported),
		fmt.Sprint(found.Sub(lost).Hours()), fmt.Sprint(kept.Sub(dayOf(9, 1)).Hours()))
	const hours = 31 * 24
	for _, region := range regionNames {
		for _, gateway := range gatewayNames {
			var bytes []uint64
			for _, u := range october {
				if u.region == region && u.gateway == gateway {
					bytes = append(bytes, u.bytes)
				}
			}
			quiet := hours - len(bytes)
			bytes = append(bytes, make([]uint64, quiet)...)
			slices.Sort(bytes)
			row("What is the 95th percentile of hourly use?", region, gateway, number(hours),
				megabits(bytes[hours*95/100]), megabits(bytes[hours-1]))
			row("How many hours had no traffic?", region, gateway, number(quiet), percentage(uint64(quiet), hours))
			row("Is a month complete, and final?", region, gateway, number(hours), "true", "0")
		}
	}
	for hour := 9; hour < 14; hour++ {
		begin := time.Date(2025, 11, 10, hour, 0, 0, 0, time.UTC)
		cells := []string{begin.Format(time.DateTime)}
		for _, traffic := range []string{"uplink", "downlink", "total"} {
			cells = append(cells, number(r.sim.Bytes("hourly", "AM", "private", traffic, begin, today)))
		}
		row("A line for a chart, with its quiet hours", cells...)
	}
}

// revisionTruths are those of questions about what the API changed, and of the sums over ALL.
func (r *rig) revisionTruths(row func(title string, cells ...string)) {
	for hour := 14; hour < 16; hour++ {
		begin := time.Date(2025, 10, 31, hour, 0, 0, 0, time.UTC)
		for _, traffic := range []string{"downlink", "total", "uplink"} {
			if old := r.sim.Bytes("hourly", "AM", "private", traffic, begin, loaded); old > 0 {
				row("Which hours lost their value?", begin.Format(time.DateTime), "AM", "private", traffic, number(old),
					"NULL", "false", "2025-11-05 03:00:00.000")
			}
		}
	}
	for day := 1; day <= 16; day++ { // the 17th had not ended, so that its value is a first one
		for _, region := range regionNames {
			revisions, added := 0, int64(0)
			for _, gateway := range gatewayNames {
				old := r.sim.Bytes("daily", region, gateway, "total", dayOf(11, day), yesterday)
				now := r.sim.Bytes("daily", region, gateway, "total", dayOf(11, day), today)
				if old != now {
					revisions++
					added += int64(now) - int64(old)
				}
			}
			if revisions > 0 {
				row("What changed since yesterday?", fmt.Sprintf("2025-11-%02d", day), region, number(revisions), fmt.Sprint(added))
			}
		}
	}
	for _, gateway := range gatewayNames {
		sums := map[string]uint64{}
		for truth := range r.sim.Truth(apisim.Query{
			Granularity: "daily", Gateway: gateway, Traffic: "total", Begin: dayOf(10, 1), End: dayOf(11, 1),
			AsOf: today,
		}) {
			sums[truth.Region] += truth.Bytes
		}
		row("Do the regions add up to ALL?", gateway, number(sums["ALL"]),
			number(sums["AM"]+sums["AP"]+sums["EU"]+sums["MC"]))
	}
}

func TestAligned(t *testing.T) {
	t.Parallel()
	got := aligned([][]string{{"region", "bytes", "old"}, {"AM", "7", "NULL"}, {"MC", "-123456", "1"}})
	if want := "region    bytes   old\nAM            7  NULL\nMC      -123456     1\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
