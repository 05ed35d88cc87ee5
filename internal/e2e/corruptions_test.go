package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// corruption is one thing that may happen to what is stored, and what a verification says of it.
type corruption struct {
	name   string
	damage damage
	want   string // regular expression of a finding

	advised bool // its advice is followed each time, that of the others in the long sweeps
	// It is found in all accounts together, or in those of the configuration only, so it needs a warehouse of its own.
	alone bool
}

// damage is what is done to the tables of an account. good_… are the tables as they were.
type damage struct {
	gone map[string]string // the condition of the rows that are not there any more, by table
	then []string          // statements that add rows
}

func (d damage) and(more damage) damage {
	out := damage{gone: maps.Clone(d.gone), then: slices.Concat(d.then, more.then)}
	if out.gone == nil {
		out.gone = map[string]string{}
	}
	maps.Copy(out.gone, more.gone)
	return out
}

// change rewrites columns that are no part of a key, in each table.
func change(tables, where, columns string) damage {
	var out damage
	for table := range strings.FieldsSeq(tables) {
		out.then = append(out.then, fmt.Sprintf(
			"INSERT INTO %[1]s SELECT * REPLACE (%[3]s) FROM (SELECT * FROM good_%[1]s WHERE %[2]s)", table, where, columns))
	}
	return out
}

// remove deletes rows.
func remove(tables, where string) damage {
	out := damage{gone: map[string]string{}}
	for table := range strings.FieldsSeq(tables) {
		out.gone[table] = where
	}
	return out
}

// rewrite replaces rows, columns of their keys too.
func rewrite(tables, where, columns string) damage {
	return remove(tables, where).and(change(tables, where, columns))
}

// add adds rows.
func add(statements ...string) damage { return damage{then: statements} }

// resum replaces daily values by sums of the hours of days that begin at another hour: what a wrong zone looks like.
func resum(hours int) damage {
	var out damage
	for _, table := range []string{"facts", "history"} {
		out.then = append(out.then, fmt.Sprintf(`INSERT INTO %[1]s SELECT d.* REPLACE (h.moved AS bytes)
FROM (SELECT * FROM good_%[1]s WHERE granularity = 'daily') AS d INNER JOIN
(
    SELECT account, access_region, gateway_type, traffic_type, `+
			`toDate(bucket + 8 * 3600 - %[2]d * 3600) AS day, sum(bytes) AS moved
    FROM good_facts WHERE granularity = 'hourly' GROUP BY ALL
) AS h USING (account, access_region, gateway_type, traffic_type, day)`, table, hours))
	}
	return out
}

// shift gives each hour but the first the value of the hour before it, in facts and history.
func shift(where string) damage {
	var out damage
	for _, table := range []string{"facts", "history"} {
		out.then = append(out.then, fmt.Sprintf(`INSERT INTO %[1]s SELECT f.* REPLACE (m.moved AS bytes)
FROM (SELECT * FROM good_%[1]s WHERE %[2]s) AS f INNER JOIN
(
    SELECT granularity, access_region, gateway_type, traffic_type, bucket,
        lagInFrame(bytes, 1, bytes) OVER `+
			`(PARTITION BY granularity, access_region, gateway_type, traffic_type ORDER BY bucket) AS moved
    FROM good_facts WHERE %[2]s
) AS m USING (granularity, access_region, gateway_type, traffic_type, bucket)`, table, where))
	}
	return out
}

const (
	oneHour  = "granularity = 'hourly' AND bucket = '2026-11-09 03:00:00'"
	oneDay   = "granularity = 'daily' AND day = '2026-11-10'"
	dayHours = "granularity = 'hourly' AND day = '2026-11-10'"
	mcUp     = " AND access_region = 'MC' AND gateway_type = 'public' AND traffic_type = 'uplink'"
	mcHours  = "granularity = 'hourly'" + mcUp
	allTotal = " AND access_region = 'ALL' AND gateway_type = 'public' AND traffic_type = 'total'"
	both     = "facts history"

	swapRegions    = "transform(access_region, ['MC', 'AP'], ['AP', 'MC'], access_region) AS access_region"
	swapDirections = "transform(traffic_type, ['uplink', 'downlink'], ['downlink', 'uplink'], traffic_type) " +
		"AS traffic_type"
	swapGateways = "if(gateway_type = 'public', 'private', 'public') AS gateway_type"

	exchangeDays = "if(day = '2026-11-09', bucket + 86400, bucket - 86400) AS bucket, " +
		"if(day = '2026-11-09', day + 1, day - 1) AS day"
	rotateHours = "toDateTime('2026-11-09 16:00:00', 'UTC') + " +
		"(toUnixTimestamp(bucket) - toUnixTimestamp('2026-11-09 16:00:00', 'UTC') + 3600) % 86400 AS bucket"
	rotateBack = "toDateTime('2026-11-09 16:00:00', 'UTC') + " +
		"(toUnixTimestamp(bucket) - toUnixTimestamp('2026-11-09 16:00:00', 'UTC') + 82800) % 86400 AS bucket"

	replaced = "(granularity, access_region, gateway_type, traffic_type, bucket, version) IN " +
		"(SELECT granularity, access_region, gateway_type, traffic_type, bucket, min(version) " +
		"FROM good_history GROUP BY ALL HAVING count() > 1)"
	lastChanges = "(granularity, access_region, gateway_type, traffic_type, bucket, version) IN " +
		"(SELECT granularity, access_region, gateway_type, traffic_type, bucket, max(version) " +
		"FROM good_history GROUP BY ALL HAVING count() > 1)"
	lastOfTotals = "(granularity, access_region, gateway_type, traffic_type, bucket, version) IN " +
		"(SELECT granularity, access_region, gateway_type, traffic_type, bucket, max(version) " +
		"FROM good_history WHERE traffic_type = 'total' GROUP BY ALL HAVING count() > 1)"
)

// What findings say.
const (
	untold       = "the value was changed by something else than a load"
	ofDirections = "^directions of .*uplink \\+ downlink = total"
	ofRegions    = "^regions of .*MC \\+ AP \\+ EU \\+ AM = ALL"
	ofDays       = "^days of .*the hours of a day = the day"
	ofChecksums  = "^answers of main/(hourly|daily)/[A-Z]*/[a-z]*/[a-z]*: " +
		"answers with another checksum = 0: 1 and 0: .*load them again with mnaflow backfill"
	ofWindow = "^storage of main/daily/MC/public/uplink: " +
		"the window of an answer = as many buckets as its entry counts"
	ofHistory = "^storage of main/(hourly|daily)/EU/public/uplink: " +
		"changes in history = changes of answers: .*rows of history are gone"
)

func corruptions() []corruption {
	return slices.Concat(changedValues(), movedValues(), movedHistory(), lostRows(), changedEntries(), strangeRows(),
		origins(), contradictions())
}
