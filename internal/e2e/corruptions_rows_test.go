package e2e

// lostRows are corruptions that delete rows.
func lostRows() []corruption {
	return []corruption{
		{
			name:    "an hour gone",
			damage:  remove("facts", oneHour+mcUp),
			want:    "^storage of main/hourly/MC/public/uplink: facts = buckets of accepted answers",
			advised: true,
		},
		{
			name:   "a day gone",
			damage: remove("facts", oneDay+mcUp),
			want:   "^storage of main/daily/MC/public/uplink: facts = buckets of accepted answers",
		},
		{
			name:   "an hour gone in history too",
			damage: remove(both, oneHour+mcUp),
			want:   "^storage of main/hourly/MC/public/uplink: facts = buckets of accepted answers",
		},
		{
			name:   "a series gone",
			damage: remove(both, "granularity = 'hourly'"+mcUp),
			want:   "^storage of main/hourly/MC/public/uplink: facts = buckets of accepted answers: 0 and",
		},
		{
			name:   "everything gone but the ledger",
			damage: remove(both, "true"),
			want:   "^storage of .*facts = buckets of accepted answers: 0 and",
		},
		{name: "the history of an hour gone", damage: remove("history", oneHour+mcUp), want: "history has nothing of it"},
		{name: "all history gone", damage: remove("history", "true"), want: "history has nothing of it"},
		{name: "the last change in history gone", damage: remove("history", lastChanges), want: untold},
	}
}

// strangeRows are corruptions by rows that no load would have written.
func strangeRows() []corruption {
	return []corruption{
		{
			name:    "a day there twice, an hour apart",
			damage:  change("facts", oneDay+mcUp, "bucket - 3600 AS bucket"),
			want:    "^storage of main/daily/MC/public/uplink: rows of the view = keys",
			advised: true,
		},
		{
			name:   "an hour there twice, half an hour apart",
			damage: change("facts", oneHour+mcUp, "bucket + 1800 AS bucket"),
			want: "^storage of main/hourly/MC/public/uplink: the bucket = a bucket of the calendar: " +
				".*no hour starts there",
			advised: true,
		},
		{
			name:   "an hour written by nobody",
			damage: change("facts", oneHour+mcUp, "version + 1 AS version"),
			want: "^storage of main/hourly/MC/public/uplink: facts = facts of accepted answers: " +
				".*no answer that the ledger has",
		},
		{
			name: "restated hours back at their old values",
			damage: remove("facts", "granularity = 'hourly' AND access_region = 'EU'").and(add(
				`INSERT INTO facts SELECT f.* REPLACE (h.1 AS bytes, h.2 AS version) ` +
					`FROM (SELECT * FROM good_facts WHERE granularity = 'hourly' AND access_region = 'EU') AS f
LEFT JOIN (SELECT account, gateway_type, traffic_type, bucket, argMin((bytes, version), version) AS h ` +
					`FROM good_history WHERE granularity = 'hourly' AND access_region = 'EU' GROUP BY ALL) AS h
    USING (account, gateway_type, traffic_type, bucket)`)),
			want: "^storage of main/hourly/EU/.*: facts = buckets of accepted answers",
		},
		{
			name:   "hours with the date of the day before",
			damage: change("facts", dayHours+mcUp, "day - 1 AS day"),
			want:   "^storage of main/hourly/MC/public/uplink: the bucket = a bucket of the calendar: .*date of another day",
		},
		{
			name:   "days with the date of the day before",
			damage: change("facts", "granularity = 'daily'"+mcUp, "day - 1 AS day"),
			want:   "^storage of main/daily/MC/public/uplink: the bucket = a bucket of the calendar: .*date of another day",
		},
		{
			name:   "days that no view shows",
			damage: change("facts", "granularity = 'daily'"+mcUp, "'UTC' AS time_zone"),
			want:   "^storage of main/daily/MC/public/uplink: facts = buckets of accepted answers: 0 and",
		},
		{
			name: "a start that nobody has loaded from",
			damage: change("series", "granularity = 'daily'"+mcUp,
				"expected_from - 864000 AS expected_from, written_at + 1 AS written_at"),
			want: "^coverage of main/daily/MC/public/uplink: .*never requested",
		},
	}
}
