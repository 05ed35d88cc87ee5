package e2e

// movedValues are corruptions that give values to other series or buckets, so that sums disagree or nobody has answered
// with what is stored.
func movedValues() []corruption {
	return []corruption{
		{
			name:   "two regions exchanged in one direction",
			damage: rewrite(both, dayHours+" AND access_region IN ('MC', 'AP') AND traffic_type = 'uplink'", swapRegions),
			want:   ofDirections,
		},
		{
			name:   "two regions exchanged in the hours of a day",
			damage: rewrite(both, dayHours+" AND access_region IN ('MC', 'AP')", swapRegions),
			want:   ofDays,
		},
		{
			name:   "two regions exchanged everywhere",
			damage: rewrite(both, "access_region IN ('MC', 'AP')", swapRegions),
			want:   "^storage of main/(hourly|daily)/(MC|AP)/.*no answer that the ledger has",
		},
		{
			name:   "directions exchanged everywhere",
			damage: rewrite(both, "traffic_type != 'total'", swapDirections),
			want:   "^storage of main/(hourly|daily)/.*/(uplink|downlink): .*no answer that the ledger has",
		},
		{
			name:   "gateways exchanged everywhere",
			damage: rewrite(both, "true", swapGateways),
			want:   "^storage of .*no answer that the ledger has",
		},
		{
			name:   "gateways exchanged in the ledger too",
			damage: rewrite("facts history ledger", "granularity = 'daily'", swapGateways),
			want:   ofDays,
		},

		{
			name: "an hour late in one series",
			damage: rewrite(both, "granularity = 'hourly' AND day BETWEEN '2026-11-08' AND '2026-11-12'"+mcUp,
				"bucket + 3600 AS bucket"),
			want: ofDirections,
		},
		{
			name:   "hours of all series an hour late",
			damage: rewrite(both, "granularity = 'hourly'", "bucket + 3600 AS bucket, toDate(bucket + 9 * 3600) AS day"),
			want:   "^days of .*: the days sum up if they start 1 h later than in Asia/Shanghai",
		},
		{
			name:   "days of one series a day late",
			damage: rewrite(both, "granularity = 'daily'"+mcUp, "bucket + 86400 AS bucket, day + 1 AS day"),
			want:   ofDays,
		},
		{
			name:   "days summed in UTC",
			damage: resum(8),
			want: "^days of .*: the days sum up if they start 8 h later than in Asia/Shanghai: " +
				"write time_zone: UTC for account main",
		},
		{
			name:   "days summed an hour early",
			damage: resum(-1),
			want: "^days of .*: the days sum up if they start 1 h earlier than in Asia/Shanghai: " +
				"write time_zone: Asia/Tokyo for account main",
		},
	}
}

// movedHistory are corruptions that move values within a series and whatever sums them up, and those of history: only
// checksums and counts of changes tell them.
func movedHistory() []corruption {
	return []corruption{
		{
			name:   "two days exchanged in all series",
			damage: rewrite(both, "day BETWEEN '2026-11-09' AND '2026-11-10'", exchangeDays),
			want:   ofChecksums,
		},
		{
			name:    "two days exchanged in one series",
			damage:  rewrite(both, "granularity = 'daily' AND day BETWEEN '2026-11-09' AND '2026-11-10'"+mcUp, exchangeDays),
			want:    ofChecksums,
			advised: true,
		},
		{name: "hours of a day rotated in all series", damage: rewrite(both, dayHours, rotateHours), want: ofChecksums},
		{name: "hours of a day rotated the other way", damage: rewrite(both, dayHours, rotateBack), want: ofChecksums},
		{
			name:   "values shifted by an hour within all series",
			damage: shift("granularity = 'hourly' AND day BETWEEN '2026-11-09' AND '2026-11-10'"),
			want:   ofChecksums,
		},
		{
			name:   "an unreported hour reported as nothing",
			damage: change(both, oneHour, "bytes AS bytes, not reported AS reported"),
			want:   ofChecksums,
		},
		{
			name:   "a replaced value changed in history",
			damage: change("history", replaced, "bytes + 1 AS bytes"),
			want:   ofChecksums,
		},
		{
			name:   "replaced values doubled in history",
			damage: change("history", replaced+" AND granularity = 'hourly' AND access_region = 'EU'", "bytes * 2 AS bytes"),
			want:   ofChecksums,
		},

		{
			name: "a replaced value gone from history",
			damage: remove("history", replaced+" AND granularity = 'hourly' AND access_region = 'EU' "+
				"AND gateway_type = 'public' AND traffic_type = 'uplink' AND toHour(bucket) % 3 = 0"),
			want: ofHistory,
		},
		{name: "replaced values gone from history", damage: remove("history", replaced), want: ofHistory, advised: true},
		{
			name: "replaced values changed that came back since",
			damage: change("history", replaced+" AND granularity = 'hourly' AND access_region = 'AM' "+
				"AND gateway_type = 'public' AND traffic_type = 'uplink'", "bytes + 1 AS bytes"),
			want: "^answers of main/hourly/AM/public/uplink: answers with another checksum",
		},
	}
}
