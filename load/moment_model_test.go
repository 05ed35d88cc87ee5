package load_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// modelMoment says what should be shown of a sequence as of a moment: of the answers sent until then the newest, if the
// bucket came to be stored at all. The request is named where history has it exactly.
func modelMoment(w writing, moment time.Time, named bool) []string {
	buckets := map[time.Time][]observation{}
	for _, o := range w.steps {
		if o.lost() {
			continue
		}
		for _, f := range o.Transformed.Facts {
			buckets[f.Bucket] = append(buckets[f.Bucket], o)
		}
	}
	var out []string
	for bucket, all := range buckets {
		value := func(o observation) flow.Fact {
			return o.Transformed.Facts[slices.IndexFunc(o.Transformed.Facts, func(f flow.Fact) bool {
				return f.Bucket.Equal(bucket)
			})]
		}
		slices.SortFunc(all, func(a, b observation) int { return cmp.Compare(a.Sent.Version, b.Sent.Version) })
		current := len(all) - 1
		for current >= 0 && all[current].effect == afterHistory && all[current].repeated == 0 {
			current--
		}
		newest := current
		for newest >= 0 && all[newest].Sent.At.After(moment) {
			newest--
		}
		if newest < 0 || !value(all[newest]).Reported {
			continue
		}
		bytes, by := value(all[newest]).Bytes, newest
		for by > 0 && newest < current && figure(value(all[by-1])) == figure(value(all[newest])) {
			by-- // a confirmation leaves no trace once it is confirmed again
		}
		when := bucket.Format(time.RFC3339)
		if w.series.Granularity == flow.Daily {
			when = w.calendar.Day(bucket).Format(time.DateOnly)
		}
		line := fmt.Sprintf("%s %s %d", w.series.Account, when, bytes)
		if named {
			line += fmt.Sprintf(" at %s by %s %s", all[by].Sent.At.Format(stampLayout), all[by].run, all[by].RequestID)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// asOfEveryMoment holds the views that show a moment against the model, and after everything against the current views
// to the last column.
func (b batch) asOfEveryMoment(t loadtest.Tester, db driver.Conn) {
	t.Helper()
	columns := "concat(account, ' ', %[2]s, ' ', toString(bytes)"
	named := !b.shuffled && !b.races
	if named {
		columns += ", ' at ', toString(observed_at), ' by ', toString(run_id), ' ', request_id"
	}
	query := "SELECT " + columns + ") FROM %[1]s_as_of(at = '%[3]s')"
	var moments []time.Time
	for version := range storeSteps + 1 {
		moments = append(moments, sentAt(version))
	}
	for _, moment := range append(moments, moments[4].Add(-time.Millisecond)) {
		got := table(t, db, fmt.Sprintf(query, "flow_hourly", hourOf, moment.Format(time.RFC3339Nano)))
		got = append(got, table(t, db, fmt.Sprintf(query, "flow_daily", "toString(day)", moment.Format(stampLayout)))...)
		slices.Sort(got)
		var want []string
		for _, one := range b.all {
			want = append(want, modelMoment(one, moment, named)...)
		}
		slices.Sort(want)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("as of %s: want -, got +:\n%s%s", moment.Format(time.RFC3339Nano), b.all, diff)
		}
	}
	for view, bucket := range map[string]string{"flow_hourly": "hour, day", "flow_daily": "day"} {
		key := "SELECT account, access_region, gateway_type, traffic_type, " + bucket + ", bytes, "
		now := key + "extracted_at AS observed_at, run_id, request_id FROM " + view
		then := key + "observed_at, run_id, request_id FROM " + loadtest.Readable(view+"_as_of")
		for _, pair := range [][2]string{{now, then}, {then, now}} {
			if got := table(t, db, "SELECT toString(tuple(*)) FROM ("+pair[0]+" EXCEPT "+pair[1]+")"); len(got) > 0 {
				t.Errorf("%s: %v differ", view, got)
			}
		}
	}
}
