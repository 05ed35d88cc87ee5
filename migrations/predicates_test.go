package migrations_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// fill writes 2,000 hours from December 2024 on, of each of 20 accounts and five regions, into facts or history.
func fill(t *testing.T, db driver.Conn, name, granularity string) {
	t.Helper()
	final := map[string]string{"facts": "true", "history": "false"}[name]
	execute(t, db, `INSERT INTO `+name+`
SELECT concat('account ', toString(number % 20)), '`+granularity+`',
    ['ALL', 'MC', 'AP', 'EU', 'AM'][1 + intDiv(number, 20) % 5], 'public', 'total',
    toDateTime('2024-12-20 00:00:00', 'UTC') + 3600 * intDiv(number, 100), toDate('2024-12-20') + intDiv(number, 2400),
    'UTC', number, true, `+final+`, now64(3), generateUUIDv4(), '', 1
FROM numbers(200000)`)
}

// granules are how many granules of a table a plan reads by its primary key, and of how many.
func granules(t *testing.T, plan, table string) (read, all int) {
	t.Helper()
	_, reading, _ := strings.Cut(plan, "."+table+")")
	found := regexp.MustCompile(`PrimaryKey[\s\S]*?Granules: (\d+)/(\d+)`).FindStringSubmatch(reading)
	if found == nil {
		t.Fatalf("the primary key of %s is not used:\n%s", table, plan)
	}
	read, _ = strconv.Atoi(found[1])
	all, _ = strconv.Atoi(found[2])
	return read, all
}

func plan(t *testing.T, db driver.Conn, view, where string) string {
	t.Helper()
	return strings.Join(table(t, db, "EXPLAIN indexes = 1 SELECT * FROM "+loadtest.Readable(view)+" WHERE "+where), "\n")
}

const aDay = " AND hour >= '2025-01-10 00:00:00' AND hour < '2025-01-11 00:00:00'"

// A reader who names the account and the hours pays for these alone: conditions reach the primary key through views.
func TestPredicatesReachThePrimaryKey(t *testing.T) {
	_, db := open(t)
	fill(t, db, "facts", "hourly")
	execute(t, db, "OPTIMIZE TABLE facts FINAL")
	var all int64
	must(t, db.QueryRow(t.Context(), `SELECT toInt64(sum(marks)) FROM system.parts
WHERE database = currentDatabase() AND table = 'facts' AND active`).Scan(&all))
	for _, tt := range []struct{ view, where string }{
		{"flow_hourly", "account = 'account 7'" + aDay},
		{"usage_hourly", "account = 'account 7'" + aDay},
		{"usage_hourly", "account = 'account 7' AND access_region = 'EU' AND hour >= '2025-01-10 00:00:00'"},
		{"usage_hourly_filled", "account = 'account 7'" + aDay},
		{"flow_revisions", "account = 'account 7' AND granularity = 'hourly'"},
	} {
		t.Run(tt.view+" "+tt.where, func(t *testing.T) {
			plan := plan(t, db, tt.view, tt.where)
			if read, _ := granules(t, plan, "facts"); read == 0 || read*5 > int(all) {
				t.Errorf("%d granules of %d are read, want less than a fifth:\n%s", read, all, plan)
			}
			_, facts, _ := strings.Cut(plan, ".facts)")
			oneOfTwoYears := regexp.MustCompile(`(Partition|Min-?Max)[\s\S]*?Parts: 1/2`)
			if strings.Contains(tt.where, "hour >=") && !oneOfTwoYears.MatchString(facts) {
				t.Errorf("both years are read:\n%s", plan)
			}
		})
	}
}

// A reader who names an account and a region pays for these alone, in both tables; of the hours too.
func TestPredicatesReachThePrimaryKeyAsOf(t *testing.T) {
	_, db := open(t)
	for _, name := range []string{"facts", "history"} {
		fill(t, db, name, "hourly")
		fill(t, db, name, "daily")
		execute(t, db, "OPTIMIZE TABLE "+name+" FINAL")
	}
	// Only days of the account's own zone are looked at.
	execute(t, db, `INSERT INTO series (account, granularity, time_zone)
SELECT concat('account ', toString(number)), 'daily', 'UTC' FROM numbers(20)`)
	for _, tt := range []struct{ view, where string }{
		{"flow_hourly_as_of", "account = 'account 7'"},
		{"flow_hourly_as_of", "account = 'account 7' AND access_region = 'EU'" + aDay},
		{"flow_daily_as_of", "account = 'account 7' AND access_region = 'EU' AND day >= '2025-01-10'"},
		{"usage_daily_as_of", "account = 'account 7' AND access_region = 'EU'"},
	} {
		plan := plan(t, db, tt.view, tt.where)
		for _, name := range []string{"facts", "history"} {
			if read, all := granules(t, plan, name); read == 0 || read*4 > all {
				t.Errorf("%s of %s: %d granules of %d of %s are read, want less than a quarter:\n%s",
					tt.where, tt.view, read, all, name, plan)
			}
		}
	}
}
