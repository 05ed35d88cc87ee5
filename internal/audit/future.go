package audit

import (
	"strings"

	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// future is the data of the template future.sql. All fields but MoveTimes are SQL.
type future struct {
	Table, Time, Begin, End string
	Soon                    string // the highest version that is not in the future
	Condition               string // of a row from the future
	Qualified               string // database.table, inside a string literal
	Beside                  string // the same for the table that holds the rows while they move; empty: none is needed
	MoveTimes               string // the statement that sets times in the future to those of their versions
}

// futures returns a step for each table with versions. It looks for rows from the future, which a clock that was ahead
// has stored. qualified returns database.table.
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
		t.Soon = soon
		t.Condition = "version > " + t.Soon + " OR " + t.Time + " > now64(3) + toIntervalMinute(10)"
		t.Qualified = inText(qualified(t.Table))
		if t.Table == "facts" {
			t.Beside = inText(qualified(t.Table + "_dated"))
		}
		t.MoveTimes = "ALTER TABLE " + qualified(t.Table) + " UPDATE " + t.Time +
			" = fromUnixTimestamp64Milli(toInt64(intDiv(version, 1000)), 'UTC') WHERE " + t.Time +
			" > now64(3) + toIntervalMinute(10) SETTINGS mutations_sync = 2"
		out = append(out, step{CheckStorage, "looking for rows from the future in " + t.Table, "future", t})
	}
	return out
}

// inText escapes a name for use inside a string literal of SQL.
func inText(name string) string { return strings.Trim(warehouse.Quote(name), "'") }
