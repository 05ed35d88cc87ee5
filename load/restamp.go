package load

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// restamp moves facts and history of each account into the zone that the configuration gives it now. An hour keeps its
// instant and gets the date of the new zone. A day stays only if the new zone has the very same day; otherwise it is
// loaded again. It does nothing where all rows are in the zone already.
func (l *Loader) restamp(ctx context.Context, settings []flow.Setting) error {
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
		{"facts", flow.Daily, []string{restampOf("facts", factsColumns), restoration()}},
	} {
		stored, err := l.storedZones(ctx, step.table, step.granularity)
		if err != nil {
			return err
		}
		for account, s := range accounts {
			if zones := stored[account]; len(zones) == 0 || len(zones) == 1 && zones[0] == s.Zone.String() {
				continue
			}
			for _, statement := range step.statements {
				if err := l.restampTable(ctx, step.table, step.granularity, s, statement); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// storedZones returns the time zones of each account's rows. Mostly there is one, and looking reads one small column.
func (l *Loader) storedZones(ctx context.Context, table string, g flow.Granularity) (map[string][]string, error) {
	values := warehouse.Values{"granularity": string(g)}
	pairs, err := read(ctx, l, "reading the zones of "+table, "stored_zones", table, values,
		func(scan func(...any) error) (pair [2]string, err error) { return pair, scan(&pair[0], &pair[1]) })
	out := map[string][]string{}
	for _, p := range pairs {
		out[p[0]] = append(out[p[0]], p[1])
	}
	return out, err
}

// tableColumns are the parts of restamp.sql and restore.sql that differ by table.
type tableColumns struct {
	Table, Columns string
	Selected       string // the same columns, as the new zone has them
}

func restoration() string { return statements.Text("restore", tableColumns{Columns: factsColumns}) }

func restampOf(table, columns string) string {
	inZone := strings.NewReplacer("f.day", "n.day", "f.time_zone", "{zone:String}")
	selected := inZone.Replace("f." + strings.ReplaceAll(columns, ", ", ", f."))
	return statements.Text("restamp", tableColumns{table, columns, selected})
}

// restampTable executes a statement if any current row of the account and granularity is in another zone.
func (l *Loader) restampTable(
	ctx context.Context, table string, g flow.Granularity, s flow.Setting, statement string,
) error {
	doing := fmt.Sprintf("dating the %s %s of %s in %s", g, table, s.Series.Account, s.Zone)
	values := warehouse.Values{
		"account": s.Series.Account, "granularity": string(g), "zone": s.Zone.String(),
		"finality": int(s.Finality / time.Second),
	}
	// storedZones also sees rows that were replaced and are not merged away yet. This reads current rows only, so
	// that the statement does not run for nothing.
	found, err := read(ctx, l, doing, "other_zone", table, values,
		func(scan func(...any) error) (one uint8, err error) { return one, scan(&one) })
	if err != nil || len(found) == 0 {
		return err
	}
	return l.db.Exec(ctx, warehouse.Query{Doing: doing, SQL: statement, Values: values, Into: table, Patient: true})
}
