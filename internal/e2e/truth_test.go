package e2e

import (
	"fmt"
	"iter"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// comparison holds every row of flow_hourly and flow_daily against the simulator's truth.
type comparison struct {
	rows, missing, doubled, wrong, extra int
	first                                string // example of a fault
	absent                               []cell // the missing ones
	held                                 map[cell]*value
}

func (c comparison) clean() bool { return c.missing+c.doubled+c.wrong+c.extra == 0 }

func (c comparison) String() string {
	return fmt.Sprintf("rows %d, missing %d, doubled %d, wrong %d, extra %d %s",
		c.rows, c.missing, c.doubled, c.wrong, c.extra, c.first)
}

// cell is a key of a view, with the bucket as the simulator's truth has it.
type cell struct {
	account, granularity, region, gateway, traffic string
	bucket                                         int64
}

type value struct {
	bytes uint64
	asOf  time.Time // when the request was sent that last confirmed it
	seen  bool      // in the truth
}

// settled returns the truth's queries for what a rig has loaded since begin: whole buckets that had settled at the
// rig's clock, in Asia/Shanghai. Empty regions and types mean all.
func (r *rig) settled(begin time.Time, regions, traffic []string) []apisim.Query {
	return r.settledBy(r.clock(), begin, regions, traffic)
}

// settledBy is settled as of a moment.
func (r *rig) settledBy(moment, begin time.Time, regions, traffic []string) []apisim.Query {
	zone := time.FixedZone("", 8*3600)
	lastDay := moment.Add(-r.settleAt["daily"]).In(zone)
	ends := map[string]time.Time{
		"hourly": moment.Add(-r.settleAt["hourly"]).Truncate(time.Hour),
		"daily":  time.Date(lastDay.Year(), lastDay.Month(), lastDay.Day(), 0, 0, 0, 0, zone),
	}
	var out []apisim.Query
	for granularity, end := range ends {
		for _, region := range orAll(regions) {
			for _, t := range orAll(traffic) {
				out = append(out, apisim.Query{Granularity: granularity, Region: region, Traffic: t, Begin: begin, End: end})
			}
		}
	}
	return out
}

func orAll(names []string) []string {
	if names == nil {
		return []string{""}
	}
	return names
}

// compare reads both views whole and walks the truth of the queries. A bucket is held against the truth of the moment
// at which it was last asked for: moments are those at which the rig's clock stood, the oldest first.
func (r *rig) compare(queries []apisim.Query, moments ...time.Time) comparison {
	r.t.Helper()
	return r.compareIn(shanghai, queries, moments...)
}

// compareIn is compare with days of a zone.
func (r *rig) compareIn(zone *time.Location, queries []apisim.Query, moments ...time.Time) comparison {
	r.t.Helper()
	var c comparison
	held := r.held(&c, zone)
	c.held = held
	for i, moment := range moments {
		for _, q := range queries {
			q.AsOf = moment
			for k, row := range r.truth(q) {
				v, ok := held[k]
				newest := i == len(moments)-1
				switch {
				case ok && v.asOf.Before(moment), ok && !newest && !v.asOf.Before(moments[i+1]):
					// confirmed at another moment
				case !ok && newest:
					c.missing++
					c.absent = append(c.absent, k)
					c.first = fmt.Sprintf("(missing: %v)", k)
				case ok && v.bytes != row.Bytes:
					c.wrong++
					c.first = fmt.Sprintf("(wrong: %v is %d, truth %d)", k, v.bytes, row.Bytes)
					v.seen = true
				case ok:
					v.seen = true
				}
			}
		}
	}
	for k, v := range held {
		if !v.seen {
			c.extra++
			c.first = fmt.Sprintf("(extra: %v)", k)
		}
	}
	return c
}

// truth yields what the simulator says, for each account that asks it.
func (r *rig) truth(q apisim.Query) iter.Seq2[cell, apisim.Row] {
	return func(yield func(cell, apisim.Row) bool) {
		for row := range r.sim.Truth(q) {
			for _, account := range append([]string{"main"}, r.also...) {
				if !yield(cell{account, row.Granularity, row.Region, row.Gateway, row.Traffic, row.Begin.Unix()}, row) {
					return
				}
			}
		}
	}
}

// held reads the views, and counts rows and doubled ones.
func (r *rig) held(c *comparison, zone *time.Location) map[cell]*value {
	r.t.Helper()
	held := map[cell]*value{}
	for view, column := range map[string]string{"flow_hourly": "hour", "flow_daily": "toDateTime(day, 'UTC')"} {
		rows, err := r.conn.Query(r.t.Context(),
			"SELECT account, access_region, gateway_type, traffic_type, toInt64(toUnixTimestamp("+column+")), "+
				"bytes, extracted_at FROM "+view)
		if err != nil {
			r.t.Fatal(err)
		}
		for rows.Next() {
			k := cell{granularity: view[len("flow_"):]}
			var v value
			if err := rows.Scan(&k.account, &k.region, &k.gateway, &k.traffic, &k.bucket, &v.bytes, &v.asOf); err != nil {
				r.t.Fatal(err)
			}
			if k.granularity == "daily" {
				k.bucket = flow.NewCalendar(flow.Daily, zone).DateStart(time.Unix(k.bucket, 0)).Unix()
			}
			c.rows++
			if held[k] != nil {
				c.doubled++
				c.first = fmt.Sprintf("(doubled: %v)", k)
			}
			held[k] = &v
		}
		if err := rows.Err(); err != nil {
			r.t.Fatal(err)
		}
	}
	return held
}
