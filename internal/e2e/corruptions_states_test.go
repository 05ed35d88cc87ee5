package e2e

// contradictions are corruptions of entries that do not agree with themselves or with what is stored, and of both at
// once.
func contradictions() []corruption {
	const (
		counts = "^storage of main/hourly/MC/public/uplink: the counts of an attempt = counts that may be together"
		state  = "^storage of main/hourly/MC/public/uplink: the state of an attempt = what else its entry says"
	)
	gone := func(where, columns string) damage { return rewrite("ledger", where, columns).and(remove(both, where)) }
	return []corruption{
		{
			name:    "answers turned into failures, their facts gone",
			damage:  gone(mcHours, "'failed' AS state"),
			want:    state,
			advised: true,
		},
		{
			name:   "answers turned into failures with a class, their facts gone",
			damage: gone(mcHours, "'failed' AS state, 'transient' AS error_class"),
			want:   state,
		},
		{
			name:    "answers called unavailable, their facts gone",
			damage:  gone(mcHours, "'unavailable' AS state"),
			want:    state,
			advised: true,
		},
		{
			name:   "answers called unavailable with a class, their facts gone",
			damage: gone(mcHours, "'unavailable' AS state, 'refused' AS error_class"),
			want:   state,
		},
		{
			name:    "answers that have failed too",
			damage:  change("ledger", mcHours, "'suspect' AS error_class"),
			want:    state,
			advised: true,
		},
		{
			name: "more failures than there can be",
			damage: change("ledger", mcHours,
				"'unavailable' AS state, 'refused' AS error_class, NULL AS checksum, 3 AS failures"),
			want: counts,
		},
		{name: "answers without a request", damage: change("ledger", mcHours, "0 AS attempts"), want: counts},
		{
			name:    "points dropped that were not there",
			damage:  change("ledger", mcHours, "dropped + 1 AS dropped"),
			want:    counts,
			advised: true,
		},
		{
			name:   "more points rounded than reported",
			damage: change("ledger", mcHours, "reported + 1 AS rounded"),
			want:   counts,
		},
		{
			name:   "more points floored than reported",
			damage: change("ledger", mcHours, "reported + 1 AS floored"),
			want:   counts,
		},
		{
			name:   "more changes than history has",
			damage: change("ledger", mcHours, "revised + 1 AS revised"),
			want: "^storage of main/hourly/MC/public/uplink: " +
				"changes in history = changes of answers: 0 and 1: .*history are gone",
		},
		{
			name:   "more retractions than changes",
			damage: change("ledger", mcHours, "retracted + 1 AS retracted"),
			want:   counts,
		},
		{
			name:    "retractions of what has a value",
			damage:  change("ledger", "granularity = 'hourly' AND access_region = 'EU' AND revised > 0", "1 AS retracted"),
			want:    "^storage of main/hourly/EU/.*: retractions in history = retractions of answers: 0 and 1: ",
			advised: true,
		},
		{
			name:    "answers an hour before their request",
			damage:  change("ledger", mcHours, "answered_at - 3600 AS answered_at"),
			want:    "^storage of main/hourly/MC/public/uplink: the time of an answer = one after that of its request",
			advised: true,
		},
		{
			name:   "another checksum in the ledger",
			damage: change("ledger", mcHours, "checksum + 1 AS checksum"),
			want:   "^answers of main/hourly/MC/public/uplink: answers with another checksum",
		},
		{
			name: "all windows a day late in the ledger",
			damage: rewrite("ledger", "granularity = 'daily'"+mcUp,
				"window_begin + 86400 AS window_begin, window_end + 86400 AS window_end"),
			want: "^storage of main/daily/MC/public/uplink: facts = (buckets|facts) of accepted answers",
		},
		{
			name: "days of one series a day late, in the ledger too",
			damage: rewrite(both, "granularity = 'daily'"+mcUp, "bucket + 86400 AS bucket, day + 1 AS day").and(
				rewrite("ledger", "granularity = 'daily'"+mcUp,
					"window_begin + 86400 AS window_begin, window_end + 86400 AS window_end")),
			want: "^answers of main/daily/MC/public/uplink: answers with another checksum",
		},
		{
			name:    "a year of answers gone with all that they gave",
			damage:  remove("facts history ledger", mcHours),
			want:    "^coverage of main/hourly/MC/public/uplink: .*never requested: mnaflow run loads it",
			advised: true,
		},
	}
}
