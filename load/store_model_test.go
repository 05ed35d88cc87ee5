package load_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func figure(f flow.Fact) string {
	if !f.Reported {
		return "absent"
	}
	return fmt.Sprint(f.Bytes)
}

const stampLayout = "2006-01-02 15:04:05.000"

// modelStore says what the views should show of a sequence: the newest value of each bucket, and each change between
// neighbours in the order in which the requests were sent.
func modelStore(w writing) (facts, revisions []string) {
	type seen struct {
		observation
		fact flow.Fact
		step int
	}
	buckets := map[time.Time][]seen{}
	for step, o := range w.steps {
		if o.lost() {
			continue
		}
		for _, f := range o.Transformed.Facts {
			buckets[f.Bucket] = append(buckets[f.Bucket], seen{o, f, step})
		}
	}
	for bucket, sequence := range buckets {
		slices.SortFunc(sequence, func(a, b seen) int { return cmp.Compare(a.Sent.Version, b.Sent.Version) })
		key := w.series.Account + " " + bucket.Format(time.RFC3339) + " "
		var current, previous *seen
		for i := range sequence {
			o := &sequence[i]
			if previous != nil && figure(previous.fact) != figure(o.fact) {
				revisions = append(revisions, fmt.Sprintf("%s%s → %s at %s by %s %s was_final=%v",
					key, figure(previous.fact), figure(o.fact), o.Sent.At.Format(stampLayout), o.run, o.RequestID,
					current != nil && current.fact.Final))
			}
			previous = o
			if o.effect != afterHistory || o.repeated > 0 {
				current = o
			}
		}
		if current != nil && current.fact.Reported {
			when := bucket.Format(time.RFC3339)
			if w.series.Granularity == flow.Daily {
				when = w.calendar.Day(bucket).Format(time.DateOnly)
			}
			facts = append(facts, fmt.Sprintf("%s %s %d final=%v at %s by %s %s",
				w.series.Account, when, current.fact.Bytes, current.fact.Final,
				current.Sent.At.Format(stampLayout), current.run, current.RequestID))
		}
	}
	slices.Sort(facts)
	slices.Sort(revisions)
	return facts, revisions
}

const (
	hourOf     = "formatDateTime(hour, '%Y-%m-%dT%H:%i:%SZ', 'UTC')"
	factsQuery = `SELECT concat(account, ' ', %[2]s, ' ', toString(bytes), ' final=', toString(is_final),
    ' at ', toString(extracted_at), ' by ', toString(run_id), ' ', request_id) FROM %[1]s`
	revisionsQuery = `SELECT concat(account, ' ', formatDateTime(bucket, '%Y-%m-%dT%H:%i:%SZ', 'UTC'), ' ',
    ifNull(toString(old_bytes), 'absent'), ' → ', ifNull(toString(new_bytes), 'absent'), ' at ', toString(observed_at),
    ' by ', toString(run_id), ' ', request_id, ' was_final=', toString(was_final)) FROM flow_revisions`
)
