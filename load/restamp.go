package load

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// restampSQL dates the rows of one account and granularity anew that were stored in another zone. Hours lie in another day now, and never come again once
// they are final. A day is left alone unless the new zone has the very same one: two zones may share their midnights, and since the key of a
// fact is an instant, each overwrites the other's days; what the ledger says of this zone must still be there after a way out and back.
//
// The version stays, and of equal versions the row that was inserted last counts, so this may run any number of times and a newer
// observation still wins. It looks at the rows, not at what the configuration was: whatever was cut short, and whatever a program with the
// old configuration wrote since, is found by the next pass.
const restampSQL = `INSERT INTO %[1]s (%[2]s)
SELECT %[3]s
FROM (SELECT *, 1 AS one FROM %[1]s FINAL WHERE granularity = {granularity:String} AND account = {account:String} AND time_zone != {zone:String}) AS f
ASOF INNER JOIN (SELECT day, day_begin, day_end, 1 AS one FROM days FINAL WHERE time_zone = {zone:String}) AS n
    ON f.one = n.one AND f.bucket >= n.day_begin
WHERE f.bucket < n.day_end AND
    (f.granularity = 'hourly' OR f.bucket = n.day_begin AND (f.time_zone, n.day_begin, n.day_end) IN (SELECT time_zone, day_begin, day_end FROM days FINAL))`

// restoreSQL brings back the days of one account and zone over which days of another zone lie that begin at the same instant but end at
// another: the clock changes in one of the zones only. History has the value, and the ledger who confirmed it last. It comes after
// restampSQL, which has taken what is the same day, in history too.
const restoreSQL = `INSERT INTO facts (` + factsColumns + `)
SELECT f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type, f.bucket, any(h.value).1, {zone:String}, any(h.value).2, any(h.value).3,
    max(l.sent_at) >= any(n.day_end) + toIntervalSecond({finality:UInt32}), max(l.sent_at), argMax(l.run_id, l.version), argMax(l.request_id, l.version), any(f.version)
FROM (SELECT * FROM facts FINAL WHERE account = {account:String} AND granularity = 'daily' AND time_zone != {zone:String}) AS f
INNER JOIN
(
    SELECT access_region, gateway_type, traffic_type, bucket, argMax((day, bytes, reported), version) AS value FROM history
    WHERE account = {account:String} AND granularity = 'daily' AND time_zone = {zone:String} GROUP BY access_region, gateway_type, traffic_type, bucket
) AS h ON f.access_region = h.access_region AND f.gateway_type = h.gateway_type AND f.traffic_type = h.traffic_type AND f.bucket = h.bucket
INNER JOIN
(
    SELECT * FROM ledger WHERE account = {account:String} AND granularity = 'daily' AND time_zone = {zone:String} AND state = 'accepted'
) AS l ON f.access_region = l.access_region AND f.gateway_type = l.gateway_type AND f.traffic_type = l.traffic_type
INNER JOIN (SELECT day_begin, day_end FROM days FINAL WHERE time_zone = {zone:String}) AS n ON f.bucket = n.day_begin
WHERE l.window_begin <= f.bucket AND f.bucket < l.window_end
GROUP BY f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type, f.bucket`

// restamp brings facts and history of each account into its zone.
func (w *Warehouse) restamp(ctx context.Context, settings []flow.Setting) error {
	accounts := map[string]flow.Setting{}
	for _, s := range settings {
		accounts[s.Series.Account] = s
	}
	for _, step := range []struct {
		table       string
		granularity flow.Granularity
		statements  []string
	}{
		{"history", flow.Hourly, []string{restampOf("history", historyColumns)}},
		{"history", flow.Daily, []string{restampOf("history", historyColumns)}},
		{"facts", flow.Hourly, []string{restampOf("facts", factsColumns)}},
		{"facts", flow.Daily, []string{restampOf("facts", factsColumns), restoreSQL}},
	} {
		stored, err := w.storedZones(ctx, step.table, step.granularity)
		if err != nil {
			return err
		}
		for account, s := range accounts {
			if zones := stored[account]; len(zones) == 0 || len(zones) == 1 && zones[0] == s.Zone.String() {
				continue
			}
			for _, statement := range step.statements {
				if err := w.restampTable(ctx, step.table, statement, map[string]string{
					"account": account, "granularity": string(step.granularity), "zone": s.Zone.String(), "finality": fmt.Sprint(int(s.Finality / time.Second)),
				}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// storedZones returns the zones of the rows of each account. Mostly there is one, and looking costs a column of names.
func (w *Warehouse) storedZones(ctx context.Context, table string, g flow.Granularity) (map[string][]string, error) {
	query := "SELECT DISTINCT account, time_zone FROM " + table + " WHERE granularity = ?"
	pairs, err := await(ctx, w, "reading the zones of "+table, query,
		func(scan func(...any) error) (pair [2]string, err error) { return pair, scan(&pair[0], &pair[1]) }, string(g))
	out := map[string][]string{}
	for _, p := range pairs {
		out[p[0]] = append(out[p[0]], p[1])
	}
	return out, err
}

// restampOf is restampSQL of a table.
func restampOf(table, columns string) string {
	selected := strings.NewReplacer("f.day", "n.day", "f.time_zone", "{zone:String}").Replace("f." + strings.ReplaceAll(columns, ", ", ", f."))
	return fmt.Sprintf(restampSQL, table, columns, selected)
}

// restampTable executes a statement if any row of the account and granularity that counts is of another zone.
func (w *Warehouse) restampTable(ctx context.Context, table, statement string, values map[string]string) error {
	doing := fmt.Sprintf("dating the %s %s of %s in %s", values["granularity"], table, values["account"], values["zone"])
	// After a change the rows that were replaced stay until they are merged. That there is nothing left to do costs the key of all.
	found, err := await(parameters(ctx, values), w, doing, "SELECT 1 FROM "+table+
		" FINAL WHERE granularity = {granularity:String} AND account = {account:String} AND time_zone != {zone:String} LIMIT 1",
		func(scan func(...any) error) (one uint8, err error) { return one, scan(&one) })
	if err != nil || len(found) == 0 {
		return err
	}
	return w.retry(ctx, doing, func(ctx context.Context) error {
		// There and back and there again are the same rows: without a token of its own, a replicated table would take the third for the first.
		acknowledged := w.deps.Observe(table)
		if err := w.conn.Exec(clickhouse.Context(ctx, clickhouse.WithParameters(values), clickhouse.WithSettings(clickhouse.Settings{
			"async_insert": 0, "insert_deduplication_token": uuid.NewString(),
		})), statement); err != nil {
			return err
		}
		acknowledged()
		return nil
	})
}
