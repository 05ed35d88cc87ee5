package load

import (
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The columns of the tables, in the order of insertion. History and facts have the same but for two names: was_final
// and observed_at in history are is_final and extracted_at in facts.
const (
	factKey = "granularity, account, access_region, gateway_type, traffic_type, " +
		"bucket, day, time_zone, bytes, reported, "
	historyColumns = factKey + "was_final, observed_at, run_id, request_id, version"
	factsColumns   = factKey + "is_final, extracted_at, run_id, request_id, version"
	ledgerColumns  = "id, run_id, account, granularity, access_region, gateway_type, traffic_type, " +
		"window_begin, window_end, time_zone, state, error_class, reason, failures, request_id, attempts, " +
		"sent_at, answered_at, buckets, points, reported, dropped, rounded, floored, " +
		"revised, retracted, api_max, api_avg, api_total, version, checksum, final_before"
)

// factColumns collects rows of facts or history, column by column as the driver wants them.
type factColumns struct {
	granularity, account, region, gateway, traffic, zone, request []string
	bucket, day, sent                                             []time.Time
	bytes, version                                                []uint64
	reported, final                                               []bool
	run                                                           []uuid.UUID
}

func (c *factColumns) add(a *flow.Attempt, f flow.Fact, final bool, run uuid.UUID) {
	c.granularity = append(c.granularity, string(a.Series.Granularity))
	c.account = append(c.account, a.Series.Account)
	c.region = append(c.region, string(a.Series.Region))
	c.gateway = append(c.gateway, string(a.Series.Gateway))
	c.traffic = append(c.traffic, string(a.Series.Traffic))
	c.bucket = append(c.bucket, f.Bucket)
	c.day = append(c.day, f.Day)
	c.zone = append(c.zone, a.Calendar.Zone().String())
	c.bytes = append(c.bytes, f.Bytes)
	c.reported = append(c.reported, f.Reported)
	c.final = append(c.final, final)
	c.sent = append(c.sent, a.Sent.At)
	c.run = append(c.run, run)
	c.request = append(c.request, a.RequestID)
	c.version = append(c.version, a.Sent.Version)
}

// columns returns the values in the order of historyColumns and factsColumns.
func (c *factColumns) columns() []any {
	return []any{
		c.granularity, c.account, c.region, c.gateway, c.traffic, c.bucket, c.day, c.zone, c.bytes, c.reported,
		c.final, c.sent, c.run, c.request, c.version,
	}
}

// ledgerRows returns the values in the order of ledgerColumns. Each attempt is a row with an id of its own.
func ledgerRows(run uuid.UUID, attempts []flow.Attempt) []any {
	n := len(attempts)
	var (
		text    [9][]string // account … traffic, zone, state, class, reason: see below
		request = make([]string, n)
		ids     = make([]uuid.UUID, n)
		runs    = make([]uuid.UUID, n)
		times   [4][]time.Time
		small   [2][]uint16
		counts  [8][]uint32
		figures [3][]*float64
		version = make([]uint64, n)
		sums    = make([]*uint64, n)    // of accepted attempts only; so are the next
		finals  = make([]*time.Time, n) // of those that know it
	)
	for i, a := range attempts {
		s, e := a.Series, a.Transformed
		for j, v := range []string{
			s.Account, string(s.Granularity), string(s.Region), string(s.Gateway), string(s.Traffic),
			a.Calendar.Zone().String(), string(a.State), string(a.Class), a.Reason,
		} {
			text[j] = append(text[j], v)
		}
		for j, v := range []time.Time{a.Window.Begin, a.Window.End, a.Sent.At, a.Answered} {
			times[j] = append(times[j], v)
		}
		for j, v := range []int{a.Failures, a.Requests} {
			small[j] = append(small[j], uint16(min(v, 1<<16-1)))
		}
		for j, v := range []int{
			a.Calendar.Count(a.Window), e.Points, e.Reported, e.Dropped, e.Rounded, e.Floored, a.Revised, a.Retracted,
		} {
			counts[j] = append(counts[j], uint32(v))
		}
		for j, v := range []*float64{e.Max, e.Avg, e.Total} {
			figures[j] = append(figures[j], v)
		}
		ids[i], request[i], runs[i], version[i] = uuid.New(), a.RequestID, run, a.Sent.Version
		if a.State == flow.Accepted {
			sums[i] = new(checksum(a.Transformed.Facts))
		}
		if a.State == flow.Accepted && !a.FinalBefore.IsZero() {
			finals[i] = new(a.FinalBefore)
		}
	}
	return []any{
		ids, runs, text[0], text[1], text[2], text[3], text[4], times[0], times[1], text[5],
		text[6], text[7], text[8], small[0], request, small[1], times[2], times[3], counts[0], counts[1], counts[2],
		counts[3], counts[4], counts[5], counts[6], counts[7], figures[0], figures[1], figures[2], version,
		sums, finals,
	}
}
