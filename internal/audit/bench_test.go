package audit_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// BenchmarkVerify measures a verification of ten years (or MNAFLOW_TEST_DAYS) of all 60 series, loaded by hourly
// passes:
//
//	go test ./internal/audit -run - -bench Verify -benchtime 1x
func BenchmarkVerify(b *testing.B) {
	days := loadtest.Days(b, 3652)
	w, db := loadtest.Open(b)
	from := loadtest.At("2016-01-01")
	to := from.AddDate(0, 0, days)
	var settings []flow.Setting
	for _, g := range flow.Granularities() {
		for _, s := range loadtest.AllSeries("main", g) {
			settings = append(settings, loadtest.Setting(s, from, time.UTC, time.Hour))
		}
	}
	loadtest.Must(b, w.Configure(b.Context(), settings, to))
	hourlyPasses(b, db, from, to)
	b.Logf("%s", loadtest.Table(b, db, `SELECT concat(formatReadableQuantity((SELECT count() FROM facts)), ' facts, ',
    formatReadableQuantity((SELECT count() FROM history)), ' in history, ',
    formatReadableQuantity((SELECT count() FROM ledger)), ' in the ledger')`))
	var peak int64
	ctx := loadtest.Peak(b.Context(), &peak)
	promised := map[flow.Granularity]time.Time{flow.Hourly: from, flow.Daily: from}
	for b.Loop() {
		r, err := w.Auditor.Run(ctx, []audit.Verification{{ID: loadtest.NewRun(), At: to, Promised: promised}})
		loadtest.Must(b, err)
		for _, c := range r.Checks {
			b.Logf("%s %s: %d results of %d buckets", c.Check, c.State, c.Results, c.Buckets)
		}
		for _, f := range r.Failed {
			if f.Check != audit.CheckCoverage {
				b.Fatalf("failed: %+v", f)
			}
		}
	}
	b.ReportMetric(float64(peak)/(1<<20), "MiB-peak-of-a-statement")
}

// hourlyPasses writes the rows that hourly passes leave, twenty minutes past the hour, in UTC and with a finality of
// five days. Each pass requests the hours since the midnight six days ago, of which it finds the first 24 final; every
// twelfth also requests the days.
func hourlyPasses(b *testing.B, db driver.Conn, from, to time.Time) {
	b.Helper()
	files, err := filepath.Glob("testdata/passes/*.sql")
	loadtest.Must(b, err)
	ctx := clickhouse.Context(b.Context(), clickhouse.WithParameters(clickhouse.Parameters{
		"begin": strconv.FormatInt(from.Unix(), 10), "end": strconv.FormatInt(to.Unix(), 10),
		"hours": strconv.Itoa(int(to.Sub(from) / time.Hour)),
	}))
	for _, file := range files {
		statement, err := os.ReadFile(file)
		loadtest.Must(b, err)
		if err := db.Exec(ctx, string(statement)); err != nil {
			b.Fatalf("%s: %v", file, err)
		}
	}
	for _, name := range []string{"facts", "history", "ledger"} { // as after years of merges
		loadtest.Execute(b, db, "OPTIMIZE TABLE "+name+" FINAL")
	}
}
