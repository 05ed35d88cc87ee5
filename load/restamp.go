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
	stored, err := l.storedZones(ctx)
	if err != nil {
		return err
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
		for account, s := range accounts {
			zones := stored[rows{step.table, step.granularity, account}]
			if len(zones) == 0 || len(zones) == 1 && zones[0] == s.Zone.String() {
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

// rows are those of one account and granularity in a table.
type rows struct {
	table       string
	granularity flow.Granularity
	account     string
}

// storedZones returns the time zones of all rows. Mostly there is one, and looking reads small columns.
func (l *Loader) storedZones(ctx context.Context) (map[rows][]string, error) {
	type found struct {
		rows
		zone string
	}
	all, err := read(ctx, l, "reading the zones of facts and history", "stored_zones", nil, nil,
		func(scan func(...any) error) (f found, err error) {
			var granularity string
			err = scan(&f.table, &granularity, &f.account, &f.zone)
			f.granularity = flow.Granularity(granularity)
			return f, err
		})
	out := map[rows][]string{}
	for _, f := range all {
		out[f.rows] = append(out[f.rows], f.zone)
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
