package e2e

// origins are corruptions of where values come from, when, and whether they are final.
func origins() []corruption {
	const (
		aYear = "31536000"
		noRun = "toUUID('11111111-2222-3333-4444-555555555555') AS run_id"
		facts = "^storage of main/hourly/MC/public/uplink: " +
			"origin of facts = that of their answer: .*from the ledger: INSERT"
		future  = "^storage of .*: rows of "
		history = "^storage of main/hourly/MC/public/uplink: " +
			"origin of history = that of their answer: .*from the ledger: INSERT"
		ledger = "^storage of main/hourly/MC/public/uplink: origin of facts = that of their answer: .*the ledger lacks"
		runs   = "^storage of main/hourly/MC/public/uplink: runs of facts = runs that there are"
		final  = "^storage of main/hourly/MC/public/uplink: finality of facts = that of their answer"
		finals = "^storage of main/daily/.*: finality of facts = that of their answer"
		times  = "^storage of main/hourly/MC/public/uplink: the times of an attempt = those of its run"
		early  = "^storage of main/hourly/MC/public/uplink: " +
			"what is final in an answer = what was over when it was asked for"
		nameless = "^storage of main/hourly/MC/public/uplink: the request of an answer = one that has an id"
		wasFinal = "^storage of main/(hourly|daily)/(EU|ALL)/.*: what was final in history = what the answer before it says"
	)
	return []corruption{
		{
			name:    "request ids of facts blanked",
			damage:  change("facts", mcHours, "'' AS request_id"),
			want:    facts,
			advised: true,
		},
		{name: "the request id of one fact blanked", damage: change("facts", oneHour+mcUp, "'' AS request_id"), want: facts},
		{
			name:   "request ids of facts that the ledger does not know",
			damage: change("facts", mcHours, "'nobody' AS request_id"),
			want:   facts,
		},
		{
			name:   "request ids of facts exchanged",
			damage: change("facts", mcHours, "reverse(request_id) AS request_id"),
			want:   facts,
		},
		{
			name:    "request ids of history blanked",
			damage:  change("history", mcHours, "'' AS request_id"),
			want:    history,
			advised: true,
		},
		{
			name:   "request ids of history that the ledger does not know",
			damage: change("history", oneHour+mcUp, "'nobody' AS request_id"),
			want:   history,
		},
		{
			name:    "request ids of the ledger blanked",
			damage:  change("ledger", mcHours, "'' AS request_id"),
			want:    ledger,
			advised: true,
		},
		{name: "a run of facts that there never was", damage: change("facts", mcHours, noRun), want: facts},
		{name: "a run of history that there never was", damage: change("history", mcHours, noRun), want: history},
		{name: "a run of the ledger that there never was", damage: change("ledger", mcHours, noRun), want: ledger},
		{
			name:    "a run that there never was, everywhere",
			damage:  change("facts history ledger", mcHours, noRun),
			want:    runs,
			advised: true,
		},
		{
			name:   "facts a year early",
			damage: change("facts", mcHours, "extracted_at - "+aYear+" AS extracted_at"),
			want:   facts,
		},
		{
			name:    "facts a year late",
			damage:  change("facts", mcHours, "extracted_at + "+aYear+" AS extracted_at"),
			want:    future + "facts",
			alone:   true,
			advised: true,
		},
		{
			name:   "history a year early",
			damage: change("history", mcHours, "observed_at - "+aYear+" AS observed_at"),
			want:   history,
		},
		{
			name:   "history a year late",
			damage: change("history", mcHours, "observed_at + "+aYear+" AS observed_at"),
			want:   future + "history",
			alone:  true,
		},
		{
			name:   "one value of history a second late",
			damage: change("history", oneHour+mcUp, "observed_at + 1 AS observed_at"),
			want:   history,
		},
		{
			name:   "requests of the ledger a year early",
			damage: change("ledger", mcHours, "sent_at - "+aYear+" AS sent_at"),
			want:   ledger,
		},
		{
			name: "requests a year early everywhere",
			damage: change("facts", mcHours, "extracted_at - "+aYear+" AS extracted_at").and(
				change("history", mcHours, "observed_at - "+aYear+" AS observed_at")).and(
				change("ledger", mcHours, "sent_at - "+aYear+" AS sent_at")),
			want:    times,
			advised: true,
		},
		{
			name:   "answers of the ledger a year early",
			damage: change("ledger", mcHours, "answered_at - "+aYear+" AS answered_at"),
			want:   times,
		},
		{
			name:   "answers of the ledger a year late",
			damage: change("ledger", mcHours, "answered_at + "+aYear+" AS answered_at"),
			want:   times,
		},
		{
			name:    "hours final too early",
			damage:  change("facts", mcHours+" AND NOT is_final", "true AS is_final"),
			want:    final,
			advised: true,
		},
		{
			name:   "days final too early",
			damage: change("facts", "granularity = 'daily' AND NOT is_final", "true AS is_final"),
			want:   finals,
		},
		{name: "hours never final", damage: change("facts", mcHours, "false AS is_final"), want: final, advised: true},
		{name: "one hour not final any more", damage: change("facts", oneHour+mcUp, "false AS is_final"), want: final},
		{name: "all final a year early", damage: change("facts", "true", "true AS is_final"), want: finals},
		{
			name:   "answers final too early in the ledger",
			damage: change("ledger", mcHours, "final_before + 432000 AS final_before"),
			want:   final,
		},

		{
			name: "days final in answers before they were over",
			damage: change("facts", mcHours, "true AS is_final").and(
				change("ledger", mcHours, "toDateTime('2026-12-02 00:00:00', 'UTC') AS final_before")),
			want:    early,
			advised: true,
		},
		{
			name:    "changes of history that came too late",
			damage:  change("history", lastOfTotals, "NOT was_final AS was_final"),
			want:    wasFinal,
			advised: true,
		},
		{
			name:   "a first value of history that replaced a final one",
			damage: change("history", oneHour+mcUp, "true AS was_final"),
			want:   "^storage of main/hourly/MC/public/uplink: what was final in history",
		},
		{
			name:    "request ids blanked everywhere",
			damage:  change("facts history ledger", mcHours, "'' AS request_id"),
			want:    nameless,
			advised: true,
		},
	}
}
