package e2e

// lineages are corruptions of where values come from, when, and whether they are final.
func lineages() []corruption {
	const (
		aYear    = "31536000"
		hourly   = "granularity = 'hourly'" + mcUp
		noRun    = "toUUID('11111111-2222-3333-4444-555555555555') AS run_id"
		facts    = "^storage of main/hourly/MC/public/uplink: origin of facts = that of their answer: .*from the ledger: INSERT"
		future   = "^storage of .*: rows of "
		history  = "^storage of main/hourly/MC/public/uplink: origin of history = that of their answer: .*from the ledger: INSERT"
		ledger   = "^storage of main/hourly/MC/public/uplink: origin of facts = that of their answer: .*the ledger lacks"
		runs     = "^storage of main/hourly/MC/public/uplink: runs of facts = runs that there are"
		final    = "^storage of main/hourly/MC/public/uplink: finality of facts = that of their answer"
		finals   = "^storage of main/daily/.*: finality of facts = that of their answer"
		times    = "^storage of main/hourly/MC/public/uplink: the times of an attempt = those of its run"
		early    = "^storage of main/hourly/MC/public/uplink: what is final in an answer = what was over when it was asked for"
		nameless = "^storage of main/hourly/MC/public/uplink: the request of an answer = one that has an id"
		wasFinal = "^storage of main/(hourly|daily)/(EU|ALL)/.*: what was final in history = what the answer before it says"
		changed  = "(granularity, access_region, gateway_type, traffic_type, bucket, version) IN (SELECT granularity, access_region, gateway_type, traffic_type, bucket, max(version) FROM good_history WHERE traffic_type = 'total' GROUP BY ALL HAVING count() > 1)"
		counts   = "^storage of main/hourly/MC/public/uplink: the counts of an attempt = counts that may be together"
		state    = "^storage of main/hourly/MC/public/uplink: the state of an attempt = what else its entry says"
	)
	gone := func(where, columns string) damage { return rewrite("ledger", where, columns).and(remove(both, where)) }
	return []corruption{
		{name: "request ids of facts blanked", damage: change("facts", hourly, "'' AS request_id"), want: facts, advised: true},
		{name: "the request id of one fact blanked", damage: change("facts", oneHour+mcUp, "'' AS request_id"), want: facts},
		{name: "request ids of facts that the ledger does not know", damage: change("facts", hourly, "'nobody' AS request_id"), want: facts},
		{name: "request ids of facts exchanged", damage: change("facts", hourly, "reverse(request_id) AS request_id"), want: facts},
		{name: "request ids of history blanked", damage: change("history", hourly, "'' AS request_id"), want: history, advised: true},
		{name: "request ids of history that the ledger does not know", damage: change("history", oneHour+mcUp, "'nobody' AS request_id"), want: history},
		{name: "request ids of the ledger blanked", damage: change("ledger", hourly, "'' AS request_id"), want: ledger, advised: true},
		{name: "a run of facts that there never was", damage: change("facts", hourly, noRun), want: facts},
		{name: "a run of history that there never was", damage: change("history", hourly, noRun), want: history},
		{name: "a run of the ledger that there never was", damage: change("ledger", hourly, noRun), want: ledger},
		{name: "a run that there never was, everywhere", damage: change("facts history ledger", hourly, noRun), want: runs, advised: true},
		{name: "facts a year early", damage: change("facts", hourly, "extracted_at - "+aYear+" AS extracted_at"), want: facts},
		{name: "facts a year late", damage: change("facts", hourly, "extracted_at + "+aYear+" AS extracted_at"), want: future + "facts", alone: true, advised: true},
		{name: "history a year early", damage: change("history", hourly, "observed_at - "+aYear+" AS observed_at"), want: history},
		{name: "history a year late", damage: change("history", hourly, "observed_at + "+aYear+" AS observed_at"), want: future + "history", alone: true},
		{name: "one value of history a second late", damage: change("history", oneHour+mcUp, "observed_at + 1 AS observed_at"), want: history},
		{name: "requests of the ledger a year early", damage: change("ledger", hourly, "sent_at - "+aYear+" AS sent_at"), want: ledger},
		{name: "requests a year early everywhere", damage: change("facts", hourly, "extracted_at - "+aYear+" AS extracted_at").and(
			change("history", hourly, "observed_at - "+aYear+" AS observed_at")).and(change("ledger", hourly, "sent_at - "+aYear+" AS sent_at")), want: times, advised: true},
		{name: "answers of the ledger a year early", damage: change("ledger", hourly, "answered_at - "+aYear+" AS answered_at"), want: times},
		{name: "answers of the ledger a year late", damage: change("ledger", hourly, "answered_at + "+aYear+" AS answered_at"), want: times},
		{name: "hours final too early", damage: change("facts", hourly+" AND NOT is_final", "true AS is_final"), want: final, advised: true},
		{name: "days final too early", damage: change("facts", "granularity = 'daily' AND NOT is_final", "true AS is_final"), want: finals},
		{name: "hours never final", damage: change("facts", hourly, "false AS is_final"), want: final, advised: true},
		{name: "one hour not final any more", damage: change("facts", oneHour+mcUp, "false AS is_final"), want: final},
		{name: "all final a year early", damage: change("facts", "true", "true AS is_final"), want: finals},
		{name: "answers final too early in the ledger", damage: change("ledger", hourly, "final_before + 432000 AS final_before"), want: final},

		{name: "days final in answers before they were over", damage: change("facts", hourly, "true AS is_final").and(change("ledger", hourly, "toDateTime('2026-12-02 00:00:00', 'UTC') AS final_before")), want: early, advised: true},
		{name: "changes of history that came too late", damage: change("history", changed, "NOT was_final AS was_final"), want: wasFinal, advised: true},
		{name: "a first value of history that replaced a final one", damage: change("history", oneHour+mcUp, "true AS was_final"), want: "^storage of main/hourly/MC/public/uplink: what was final in history"},
		{name: "request ids blanked everywhere", damage: change("facts history ledger", hourly, "'' AS request_id"), want: nameless, advised: true},

		{name: "answers turned into failures, their facts gone", damage: gone(hourly, "'failed' AS state"), want: state, advised: true},
		{name: "answers turned into failures with a class, their facts gone", damage: gone(hourly, "'failed' AS state, 'transient' AS error_class"), want: state},
		{name: "answers called unavailable, their facts gone", damage: gone(hourly, "'unavailable' AS state"), want: state, advised: true},
		{name: "answers called unavailable with a class, their facts gone", damage: gone(hourly, "'unavailable' AS state, 'refused' AS error_class"), want: state},
		{name: "answers that have failed too", damage: change("ledger", hourly, "'suspect' AS error_class"), want: state, advised: true},
		{name: "more failures than there can be", damage: change("ledger", hourly, "'unavailable' AS state, 'refused' AS error_class, NULL AS checksum, 3 AS failures"), want: counts},
		{name: "answers without a request", damage: change("ledger", hourly, "0 AS attempts"), want: counts},
		{name: "points dropped that were not there", damage: change("ledger", hourly, "dropped + 1 AS dropped"), want: counts, advised: true},
		{name: "more points rounded than reported", damage: change("ledger", hourly, "reported + 1 AS rounded"), want: counts},
		{name: "more points floored than reported", damage: change("ledger", hourly, "reported + 1 AS floored"), want: counts},
		{name: "more changes than history has", damage: change("ledger", hourly, "revised + 1 AS revised"), want: "^storage of main/hourly/MC/public/uplink: changes in history = changes of answers: 0 and 1: .*history are gone"},
		{name: "more retractions than changes", damage: change("ledger", hourly, "retracted + 1 AS retracted"), want: counts},
		{name: "retractions of what has a value", damage: change("ledger", "granularity = 'hourly' AND access_region = 'EU' AND revised > 0", "1 AS retracted"), want: "^storage of main/hourly/EU/.*: retractions in history = retractions of answers: 0 and 1: ", advised: true},
		{name: "answers an hour before their request", damage: change("ledger", hourly, "answered_at - 3600 AS answered_at"), want: "^storage of main/hourly/MC/public/uplink: the time of an answer = one after that of its request", advised: true},
		{name: "another checksum in the ledger", damage: change("ledger", hourly, "checksum + 1 AS checksum"), want: "^answers of main/hourly/MC/public/uplink: answers with another checksum"},
		{name: "all windows a day late in the ledger", damage: rewrite("ledger", "granularity = 'daily'"+mcUp, "window_begin + 86400 AS window_begin, window_end + 86400 AS window_end"), want: "^storage of main/daily/MC/public/uplink: facts = (buckets|facts) of accepted answers"},
		{name: "days of one series a day late, in the ledger too", damage: rewrite(both, "granularity = 'daily'"+mcUp, "bucket + 86400 AS bucket, day + 1 AS day").and(
			rewrite("ledger", "granularity = 'daily'"+mcUp, "window_begin + 86400 AS window_begin, window_end + 86400 AS window_end")), want: "^answers of main/daily/MC/public/uplink: answers with another checksum"},
		{name: "a year of answers gone with all that they gave", damage: remove("facts history ledger", hourly), want: "^coverage of main/hourly/MC/public/uplink: .*never requested: mnaflow run loads it", advised: true},
	}
}
