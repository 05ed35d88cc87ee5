package audit

// future is what future.sql is assembled of; all but Statement is SQL.
type future struct {
	Table, Time, Begin, End string
	Now, Condition          string
	Statement               string // that removes what is found
}

// futures look for rows of the future in each table that has versions; qualified writes a table with its database.
func futures(qualified func(table string) string) []step {
	const (
		bucketEnd = "bucket + if(granularity = 'hourly', 3600, 86400)"
		soon      = "toUnixTimestamp64Micro(now64(6) + toIntervalMinute(1))"
	)
	var out []step
	for _, t := range []future{
		{Table: "facts", Time: "extracted_at", Begin: "bucket", End: bucketEnd},
		{Table: "history", Time: "observed_at", Begin: "bucket", End: bucketEnd},
		{Table: "ledger", Time: "sent_at", Begin: "window_begin", End: "window_end"},
	} {
		t.Now = soon
		t.Condition = "version > " + t.Now + " OR " + t.Time + " > now64(3) + toIntervalMinute(10)"
		t.Statement = "ALTER TABLE " + qualified(t.Table) + " DELETE WHERE " + t.Condition + " SETTINGS mutations_sync = 2"
		out = append(out, step{CheckStorage, "looking for rows of the future in " + t.Table, "future", t})
	}
	return out
}
