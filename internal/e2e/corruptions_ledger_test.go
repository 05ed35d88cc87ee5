package e2e

import "strings"

// changedEntries are corruptions of what the ledger says.
func changedEntries() []corruption {
	return []corruption{
		{
			name:   "an answer gone from the ledger",
			damage: remove("ledger", "granularity = 'daily' AND state = 'accepted'"+mcUp),
			want:   "^coverage of main/daily/MC/public/uplink: .*never requested",
		},
		{
			name:   "the ledger gone",
			damage: remove("ledger", "true"),
			want:   "^storage of .*: facts = facts of accepted answers: .*no answer that the ledger has",
		},
		{
			name:   "an answer turned into a failure",
			damage: rewrite("ledger", "granularity = 'daily'"+mcUp, "'failed' AS state, 'by hand' AS reason"),
			want:   "^coverage of main/daily/MC/public/uplink: .*failed: by hand",
		},
		{
			name:   "an answer that claims a day more",
			damage: rewrite("ledger", "granularity = 'daily'"+mcUp, "window_begin - 86400 AS window_begin"),
			want:   ofWindow,
		},
		{
			name:    "an answer that claims days to come",
			damage:  change("ledger", "granularity = 'daily'"+mcUp, "window_end + 259200 AS window_end"),
			want:    ofWindow,
			advised: true,
		},
		{
			name:   "an answer that claims an hour more",
			damage: change("ledger", "granularity = 'hourly'"+mcUp, "window_end + 3600 AS window_end"),
			want:   strings.Replace(ofWindow, "daily", "hourly", 1),
		},
		{
			name:    "another total in the ledger",
			damage:  change("ledger", "granularity = 'hourly'"+mcUp, "api_total * 1.001 AS api_total"),
			want:    "^answers of main/hourly/MC/public/uplink: what is stored = TotalValue",
			advised: true,
		},
		{
			name:   "another maximum in the ledger",
			damage: change("ledger", "granularity = 'hourly'"+mcUp, "api_max * 1.001 AS api_max"),
			want:   "^answers of main/hourly/MC/public/uplink: the largest that is stored = MaxValue",
		},
	}
}
