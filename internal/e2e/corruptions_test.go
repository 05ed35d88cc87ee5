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
	alone   bool // it is found in all accounts together, or in those of the configuration only, so it needs a warehouse of its own
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
		out.then = append(out.then, fmt.Sprintf("INSERT INTO %[1]s SELECT * REPLACE (%[3]s) FROM (SELECT * FROM good_%[1]s WHERE %[2]s)", table, where, columns))
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
    SELECT account, access_region, gateway_type, traffic_type, toDate(bucket + 8 * 3600 - %[2]d * 3600) AS day, sum(bytes) AS moved
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
        lagInFrame(bytes, 1, bytes) OVER (PARTITION BY granularity, access_region, gateway_type, traffic_type ORDER BY bucket) AS moved
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
	allTotal = " AND access_region = 'ALL' AND gateway_type = 'public' AND traffic_type = 'total'"
	both     = "facts history"

	swapRegions    = "transform(access_region, ['MC', 'AP'], ['AP', 'MC'], access_region) AS access_region"
	swapDirections = "transform(traffic_type, ['uplink', 'downlink'], ['downlink', 'uplink'], traffic_type) AS traffic_type"
	swapGateways   = "if(gateway_type = 'public', 'private', 'public') AS gateway_type"

	exchangeDays = "if(day = '2026-11-09', bucket + 86400, bucket - 86400) AS bucket, if(day = '2026-11-09', day + 1, day - 1) AS day"
	rotateHours  = "toDateTime('2026-11-09 16:00:00', 'UTC') + (toUnixTimestamp(bucket) - toUnixTimestamp('2026-11-09 16:00:00', 'UTC') + 3600) % 86400 AS bucket"
	replaced     = "(granularity, access_region, gateway_type, traffic_type, bucket, version) IN (SELECT granularity, access_region, gateway_type, traffic_type, bucket, min(version) FROM good_history GROUP BY ALL HAVING count() > 1)"

	untold = "the value was changed by something else than a load"
)

func corruptions() []corruption { return slices.Concat(changes(), lineages()) }

// changes are corruptions of values, keys and rows.
func changes() []corruption {
	const ofChecksums = "^answers of main/(hourly|daily)/[A-Z]*/[a-z]*/[a-z]*: answers with another checksum = 0: 1 and 0: .*load them again with mnaflow backfill"
	const ofWindow = "^storage of main/daily/MC/public/uplink: the window of an answer = as many buckets as its entry counts"
	const ofHistory = "^storage of main/(hourly|daily)/EU/public/uplink: changes in history = changes of answers: .*rows of history are gone"
	const ofDirections, ofRegions, ofDays = "^directions of .*uplink \\+ downlink = total", "^regions of .*MC \\+ AP \\+ EU \\+ AM = ALL", "^days of .*the hours of a day = the day"
	return []corruption{
		{name: "one byte of one hour", damage: change("facts", oneHour+mcUp, "bytes + 1 AS bytes"), want: untold},
		{name: "an hour of a sum doubled", damage: change("facts", oneHour+allTotal, "bytes * 2 AS bytes"), want: ofDirections},
		{name: "one byte of one day", damage: change("facts", oneDay+mcUp, "bytes + 1 AS bytes"), want: untold},
		{name: "an hour emptied", damage: change("facts", oneHour+mcUp, "0 AS bytes"), want: untold},
		{name: "an hour at the end of 64 bits", damage: change("facts", oneHour+mcUp, "18446744073709551615 AS bytes"), want: ofDirections},
		{name: "an hour said not to be reported", damage: change("facts", oneHour+mcUp, "false AS reported, 0 AS bytes"), want: "^answers of main/hourly/MC/public/uplink: the buckets with a value"},
		{name: "values of two hours exchanged", damage: change("facts", oneHour+mcUp, "(SELECT any(bytes) FROM good_facts WHERE granularity = 'hourly' AND bucket = '2026-11-09 04:00:00'"+mcUp+") AS bytes").and(
			change("facts", "granularity = 'hourly' AND bucket = '2026-11-09 04:00:00'"+mcUp, "(SELECT any(bytes) FROM good_facts WHERE "+oneHour+mcUp+") AS bytes")), want: untold},
		{name: "a hundredth more in every day of a series", damage: change("facts", "granularity = 'daily'"+mcUp, "intDiv(bytes * 101, 100) AS bytes"), want: ofDays},

		{name: "one byte of an hour, in history too", damage: change(both, oneHour+mcUp, "bytes + 1 AS bytes"), want: ofDirections},
		{name: "an hour of all regions, in history too", damage: change(both, oneHour+allTotal, "bytes + 1 AS bytes"), want: ofRegions},
		{name: "one byte of a day, in history too", damage: change(both, oneDay+mcUp, "bytes + 1 AS bytes"), want: ofDays},
		{name: "one byte of an hour in all its sums", damage: change(both, oneHour+" AND access_region IN ('MC', 'ALL') AND gateway_type = 'public' AND traffic_type != 'downlink'", "bytes + 1 AS bytes"), want: ofDays},
		{name: "an hour lost in history too", damage: change(both, oneHour+mcUp, "0 AS bytes, false AS reported"), want: ofDirections},
		{name: "bits for bytes in a day of one series", damage: change(both, dayHours+mcUp, "bytes * 8 AS bytes"), want: ofDirections + ".*uplink is 8 times \\(bits for bytes\\?\\) what total leaves for it"},
		{name: "bits for bytes in every sum of directions", damage: change(both, "granularity = 'hourly' AND traffic_type = 'total'", "bytes * 8 AS bytes"), want: ofDirections + ".*total is 8 times \\(bits for bytes\\?\\) uplink \\+ downlink"},
		{name: "kilobytes in all regions together", damage: change(both, "granularity = 'hourly' AND access_region = 'ALL'", "intDiv(bytes, 1000) AS bytes"), want: ofRegions + ".*MC \\+ AP \\+ EU \\+ AM is 1000 times ALL"},
		{name: "kibibytes in one region", damage: change(both, "granularity = 'hourly' AND access_region = 'MC'", "intDiv(bytes, 1024) AS bytes"), want: ofRegions + ".*what ALL leaves for it is 1024 times MC"},
		{name: "megabytes for bytes in days", damage: change(both, "granularity = 'daily'", "bytes * 1000000 AS bytes"), want: ofDays + ".*the day is 1000² times the sum of the hours"},
		{name: "bits for bytes in hours", damage: change(both, "granularity = 'hourly'", "bytes * 8 AS bytes"), want: ofDays + ".*the sum of the hours is 8 times \\(bits for bytes\\?\\) the day"},
		{name: "bits for bytes everywhere", damage: change(both, "true", "bytes * 8 AS bytes"), want: "^answers of .*TotalValue.*what is stored is 8 times \\(bits for bytes\\?\\) TotalValue"},

		{name: "two regions exchanged in one direction", damage: rewrite(both, dayHours+" AND access_region IN ('MC', 'AP') AND traffic_type = 'uplink'", swapRegions), want: ofDirections},
		{name: "two regions exchanged in the hours of a day", damage: rewrite(both, dayHours+" AND access_region IN ('MC', 'AP')", swapRegions), want: ofDays},
		{name: "two regions exchanged everywhere", damage: rewrite(both, "access_region IN ('MC', 'AP')", swapRegions), want: "^storage of main/(hourly|daily)/(MC|AP)/.*no answer that the ledger has"},
		{name: "directions exchanged everywhere", damage: rewrite(both, "traffic_type != 'total'", swapDirections), want: "^storage of main/(hourly|daily)/.*/(uplink|downlink): .*no answer that the ledger has"},
		{name: "gateways exchanged everywhere", damage: rewrite(both, "true", swapGateways), want: "^storage of .*no answer that the ledger has"},
		{name: "gateways exchanged in the ledger too", damage: rewrite("facts history ledger", "granularity = 'daily'", swapGateways), want: ofDays},

		{name: "an hour late in one series", damage: rewrite(both, "granularity = 'hourly' AND day BETWEEN '2026-11-08' AND '2026-11-12'"+mcUp, "bucket + 3600 AS bucket"), want: ofDirections},
		{name: "hours of all series an hour late", damage: rewrite(both, "granularity = 'hourly'", "bucket + 3600 AS bucket, toDate(bucket + 9 * 3600) AS day"), want: "^days of .*: the days sum up if they start 1 h later than in Asia/Shanghai"},
		{name: "days of one series a day late", damage: rewrite(both, "granularity = 'daily'"+mcUp, "bucket + 86400 AS bucket, day + 1 AS day"), want: ofDays},
		{name: "days summed in UTC", damage: resum(8), want: "^days of .*: the days sum up if they start 8 h later than in Asia/Shanghai: write time_zone: UTC for account main"},
		{name: "days summed an hour early", damage: resum(-1), want: "^days of .*: the days sum up if they start 1 h earlier than in Asia/Shanghai: write time_zone: Asia/Tokyo for account main"},

		{name: "two days exchanged in all series", damage: rewrite(both, "day BETWEEN '2026-11-09' AND '2026-11-10'", exchangeDays), want: ofChecksums},
		{name: "two days exchanged in one series", damage: rewrite(both, "granularity = 'daily' AND day BETWEEN '2026-11-09' AND '2026-11-10'"+mcUp, exchangeDays), want: ofChecksums, advised: true},
		{name: "hours of a day rotated in all series", damage: rewrite(both, dayHours, rotateHours), want: ofChecksums},
		{name: "hours of a day rotated the other way", damage: rewrite(both, dayHours, "toDateTime('2026-11-09 16:00:00', 'UTC') + (toUnixTimestamp(bucket) - toUnixTimestamp('2026-11-09 16:00:00', 'UTC') + 82800) % 86400 AS bucket"), want: ofChecksums},
		{name: "values shifted by an hour within all series", damage: shift("granularity = 'hourly' AND day BETWEEN '2026-11-09' AND '2026-11-10'"), want: ofChecksums},
		{name: "an unreported hour reported as nothing", damage: change(both, oneHour, "bytes AS bytes, not reported AS reported"), want: ofChecksums},
		{name: "a replaced value changed in history", damage: change("history", replaced, "bytes + 1 AS bytes"), want: ofChecksums},
		{name: "replaced values doubled in history", damage: change("history", replaced+" AND granularity = 'hourly' AND access_region = 'EU'", "bytes * 2 AS bytes"), want: ofChecksums},

		{name: "a replaced value gone from history", damage: remove("history", replaced+" AND granularity = 'hourly' AND access_region = 'EU' AND gateway_type = 'public' AND traffic_type = 'uplink' AND toHour(bucket) % 3 = 0"), want: ofHistory},
		{name: "replaced values gone from history", damage: remove("history", replaced), want: ofHistory, advised: true},
		{name: "replaced values changed that came back since", damage: change("history", replaced+" AND granularity = 'hourly' AND access_region = 'AM' AND gateway_type = 'public' AND traffic_type = 'uplink'", "bytes + 1 AS bytes"), want: "^answers of main/hourly/AM/public/uplink: answers with another checksum"},

		{name: "an hour gone", damage: remove("facts", oneHour+mcUp), want: "^storage of main/hourly/MC/public/uplink: facts = buckets of accepted answers", advised: true},
		{name: "a day gone", damage: remove("facts", oneDay+mcUp), want: "^storage of main/daily/MC/public/uplink: facts = buckets of accepted answers"},
		{name: "an hour gone in history too", damage: remove(both, oneHour+mcUp), want: "^storage of main/hourly/MC/public/uplink: facts = buckets of accepted answers"},
		{name: "a series gone", damage: remove(both, "granularity = 'hourly'"+mcUp), want: "^storage of main/hourly/MC/public/uplink: facts = buckets of accepted answers: 0 and"},
		{name: "everything gone but the ledger", damage: remove(both, "true"), want: "^storage of .*facts = buckets of accepted answers: 0 and"},
		{name: "the history of an hour gone", damage: remove("history", oneHour+mcUp), want: "history has nothing of it"},
		{name: "all history gone", damage: remove("history", "true"), want: "history has nothing of it"},
		{name: "the last change in history gone", damage: remove("history", "(granularity, access_region, gateway_type, traffic_type, bucket, version) IN (SELECT granularity, access_region, gateway_type, traffic_type, bucket, max(version) FROM good_history GROUP BY ALL HAVING count() > 1)"), want: untold},
		{name: "an answer gone from the ledger", damage: remove("ledger", "granularity = 'daily' AND state = 'accepted'"+mcUp), want: "^coverage of main/daily/MC/public/uplink: .*never requested"},
		{name: "the ledger gone", damage: remove("ledger", "true"), want: "^storage of .*: facts = facts of accepted answers: .*no answer that the ledger has"},
		{name: "an answer turned into a failure", damage: rewrite("ledger", "granularity = 'daily'"+mcUp, "'failed' AS state, 'by hand' AS reason"), want: "^coverage of main/daily/MC/public/uplink: .*failed: by hand"},
		{name: "an answer that claims a day more", damage: rewrite("ledger", "granularity = 'daily'"+mcUp, "window_begin - 86400 AS window_begin"), want: ofWindow},
		{name: "an answer that claims days to come", damage: change("ledger", "granularity = 'daily'"+mcUp, "window_end + 259200 AS window_end"), want: ofWindow, advised: true},
		{name: "an answer that claims an hour more", damage: change("ledger", "granularity = 'hourly'"+mcUp, "window_end + 3600 AS window_end"), want: strings.Replace(ofWindow, "daily", "hourly", 1)},
		{name: "another total in the ledger", damage: change("ledger", "granularity = 'hourly'"+mcUp, "api_total * 1.001 AS api_total"), want: "^answers of main/hourly/MC/public/uplink: what is stored = TotalValue", advised: true},
		{name: "another maximum in the ledger", damage: change("ledger", "granularity = 'hourly'"+mcUp, "api_max * 1.001 AS api_max"), want: "^answers of main/hourly/MC/public/uplink: the largest that is stored = MaxValue"},

		{name: "a day there twice, an hour apart", damage: change("facts", oneDay+mcUp, "bucket - 3600 AS bucket"), want: "^storage of main/daily/MC/public/uplink: rows of the view = keys", advised: true},
		{name: "an hour there twice, half an hour apart", damage: change("facts", oneHour+mcUp, "bucket + 1800 AS bucket"), want: "^storage of main/hourly/MC/public/uplink: the bucket = a bucket of the calendar: .*no hour starts there", advised: true},
		{name: "an hour written by nobody", damage: change("facts", oneHour+mcUp, "version + 1 AS version"), want: "^storage of main/hourly/MC/public/uplink: facts = facts of accepted answers: .*no answer that the ledger has"},
		{name: "restated hours back at their old values", damage: remove("facts", "granularity = 'hourly' AND access_region = 'EU'").and(add(
			`INSERT INTO facts SELECT f.* REPLACE (h.1 AS bytes, h.2 AS version) FROM (SELECT * FROM good_facts WHERE granularity = 'hourly' AND access_region = 'EU') AS f
LEFT JOIN (SELECT account, gateway_type, traffic_type, bucket, argMin((bytes, version), version) AS h FROM good_history WHERE granularity = 'hourly' AND access_region = 'EU' GROUP BY ALL) AS h
    USING (account, gateway_type, traffic_type, bucket)`)), want: "^storage of main/hourly/EU/.*: facts = buckets of accepted answers"},
		{name: "hours with the date of the day before", damage: change("facts", dayHours+mcUp, "day - 1 AS day"), want: "^storage of main/hourly/MC/public/uplink: the bucket = a bucket of the calendar: .*date of another day"},
		{name: "days with the date of the day before", damage: change("facts", "granularity = 'daily'"+mcUp, "day - 1 AS day"), want: "^storage of main/daily/MC/public/uplink: the bucket = a bucket of the calendar: .*date of another day"},
		{name: "days that no view shows", damage: change("facts", "granularity = 'daily'"+mcUp, "'UTC' AS time_zone"), want: "^storage of main/daily/MC/public/uplink: facts = buckets of accepted answers: 0 and"},
		{name: "a start that nobody has loaded from", damage: change("series", "granularity = 'daily'"+mcUp, "expected_from - 864000 AS expected_from, written_at + 1 AS written_at"), want: "^coverage of main/daily/MC/public/uplink: .*never requested"},
	}
}
