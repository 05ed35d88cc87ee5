package audit

import (
	"strings"

	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// future is what future.sql is assembled of; all but MoveTimes is SQL.
type future struct {
	Table, Time, Begin, End string
	Now, Condition          string
	Qualified               string // the table with its database, as it stands within a text
	Beside                  string // likewise, where its rows lie while they are moved; empty: in the table itself
	MoveTimes               string // the statement that brings times of the future to those of the versions
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
		t.Qualified = inText(qualified(t.Table))
		if t.Table == "facts" {
			t.Beside = inText(qualified(t.Table + "_dated"))
		}
		t.MoveTimes = "ALTER TABLE " + qualified(t.Table) + " UPDATE " + t.Time +
			" = fromUnixTimestamp64Milli(toInt64(intDiv(version, 1000)), 'UTC') WHERE " + t.Time +
			" > now64(3) + toIntervalMinute(10) SETTINGS mutations_sync = 2"
		out = append(out, step{CheckStorage, "looking for rows of the future in " + t.Table, "future", t})
	}
	return out
}

// inText is a name as it stands within a text of SQL.
func inText(name string) string { return strings.Trim(warehouse.Quote(name), "'") }
