package e2e

// changedValues are corruptions that change values where they are.
func changedValues() []corruption {
	return []corruption{
		{name: "one byte of one hour", damage: change("facts", oneHour+mcUp, "bytes + 1 AS bytes"), want: untold},
		{
			name:   "an hour of a sum doubled",
			damage: change("facts", oneHour+allTotal, "bytes * 2 AS bytes"),
			want:   ofDirections,
		},
		{name: "one byte of one day", damage: change("facts", oneDay+mcUp, "bytes + 1 AS bytes"), want: untold},
		{name: "an hour emptied", damage: change("facts", oneHour+mcUp, "0 AS bytes"), want: untold},
		{
			name:   "an hour at the end of 64 bits",
			damage: change("facts", oneHour+mcUp, "18446744073709551615 AS bytes"),
			want:   ofDirections,
		},
		{
			name:   "an hour said not to be reported",
			damage: change("facts", oneHour+mcUp, "false AS reported, 0 AS bytes"),
			want:   "^answers of main/hourly/MC/public/uplink: the buckets with a value",
		},
		{
			name: "values of two hours exchanged",
			damage: change("facts", oneHour+mcUp, "(SELECT any(bytes) FROM good_facts "+
				"WHERE granularity = 'hourly' AND bucket = '2026-11-09 04:00:00'"+mcUp+") AS bytes").and(
				change("facts", "granularity = 'hourly' AND bucket = '2026-11-09 04:00:00'"+mcUp,
					"(SELECT any(bytes) FROM good_facts WHERE "+oneHour+mcUp+") AS bytes")),
			want: untold,
		},
		{
			name:   "a hundredth more in every day of a series",
			damage: change("facts", "granularity = 'daily'"+mcUp, "intDiv(bytes * 101, 100) AS bytes"),
			want:   ofDays,
		},

		{
			name:   "one byte of an hour, in history too",
			damage: change(both, oneHour+mcUp, "bytes + 1 AS bytes"),
			want:   ofDirections,
		},
		{
			name:   "an hour of all regions, in history too",
			damage: change(both, oneHour+allTotal, "bytes + 1 AS bytes"),
			want:   ofRegions,
		},
		{name: "one byte of a day, in history too", damage: change(both, oneDay+mcUp, "bytes + 1 AS bytes"), want: ofDays},
		{
			name: "one byte of an hour in all its sums",
			damage: change(both, oneHour+" AND access_region IN ('MC', 'ALL') AND gateway_type = 'public' "+
				"AND traffic_type != 'downlink'", "bytes + 1 AS bytes"),
			want: ofDays,
		},
		{
			name:   "an hour lost in history too",
			damage: change(both, oneHour+mcUp, "0 AS bytes, false AS reported"),
			want:   ofDirections,
		},
		{
			name:   "bits for bytes in a day of one series",
			damage: change(both, dayHours+mcUp, "bytes * 8 AS bytes"),
			want:   ofDirections + ".*uplink is 8 times \\(bits for bytes\\?\\) what total leaves for it",
		},
		{
			name:   "bits for bytes in every sum of directions",
			damage: change(both, "granularity = 'hourly' AND traffic_type = 'total'", "bytes * 8 AS bytes"),
			want:   ofDirections + ".*total is 8 times \\(bits for bytes\\?\\) uplink \\+ downlink",
		},
		{
			name:   "kilobytes in all regions together",
			damage: change(both, "granularity = 'hourly' AND access_region = 'ALL'", "intDiv(bytes, 1000) AS bytes"),
			want:   ofRegions + ".*MC \\+ AP \\+ EU \\+ AM is 1000 times ALL",
		},
		{
			name:   "kibibytes in one region",
			damage: change(both, "granularity = 'hourly' AND access_region = 'MC'", "intDiv(bytes, 1024) AS bytes"),
			want:   ofRegions + ".*what ALL leaves for it is 1024 times MC",
		},
		{
			name:   "megabytes for bytes in days",
			damage: change(both, "granularity = 'daily'", "bytes * 1000000 AS bytes"),
			want:   ofDays + ".*the day is 1000² times the sum of the hours",
		},
		{
			name:   "bits for bytes in hours",
			damage: change(both, "granularity = 'hourly'", "bytes * 8 AS bytes"),
			want:   ofDays + ".*the sum of the hours is 8 times \\(bits for bytes\\?\\) the day",
		},
		{
			name:   "bits for bytes everywhere",
			damage: change(both, "true", "bytes * 8 AS bytes"),
			want:   "^answers of .*TotalValue.*what is stored is 8 times \\(bits for bytes\\?\\) TotalValue",
		},
	}
}
