package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Loaded returns the series of the last run's configuration, each with the instant from which it is loaded.
func Loaded(ctx context.Context, db *warehouse.DB) (map[flow.Series]time.Time, error) {
	loaded := map[flow.Series]time.Time{}
	q := warehouse.Query{Doing: "reading the series", SQL: statements.Text("loaded", nil)}
	_, err := warehouse.Select(ctx, db, q, func(scan func(...any) error) (struct{}, error) {
		var s flow.Series
		var from time.Time
		err := scan(&s.Account, (*string)(&s.Granularity), (*string)(&s.Region), (*string)(&s.Gateway),
			(*string)(&s.Traffic), &from)
		loaded[s] = from
		return struct{}{}, err
	})
	return loaded, err
}

// verifyUnloaded compares the series of the configuration with those that runs have loaded. If nothing is loaded at
// all, nothing.sql reports that.
func (a *Auditor) verifyUnloaded(ctx context.Context, v Verification) error {
	loaded, err := Loaded(ctx, a.db)
	if err != nil || len(loaded) == 0 {
		return err
	}
	differs := flow.Unloaded(v.Wanted, loaded)
	elsewhere, err := a.otherZones(ctx, v.Wanted)
	if err != nil {
		return err
	}
	for i, words := range append(differs, elsewhere...) {
		found := verdict{
			Begin: time.Unix(int64(i), 0), Compared: "series that are loaded = series of the configuration",
			State: CheckFailed, Left: len(loaded), Right: len(v.Wanted), Words: words, N: 1,
		}
		s := step{CheckCoverage, "comparing the configuration with what is loaded", "verdict", found}
		if err := a.check(ctx, v, s); err != nil {
			return err
		}
	}
	return nil
}

// otherZones returns a line if series were loaded in another time zone than that of the configuration. Settle, refresh
// and finality may differ: the next run just goes by the new ones.
func (a *Auditor) otherZones(ctx context.Context, wanted []flow.Setting) ([]string, error) {
	zones := map[flow.Series]string{}
	q := warehouse.Query{Doing: "reading the zones of the series", SQL: statements.Text("configured", nil)}
	_, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (struct{}, error) {
		var s flow.Series
		var zone string
		err := scan(&s.Account, (*string)(&s.Granularity), (*string)(&s.Region), (*string)(&s.Gateway),
			(*string)(&s.Traffic), &zone)
		zones[s] = zone
		return struct{}{}, err
	})
	n := 0
	var first flow.Setting
	for _, w := range wanted {
		if zone, ok := zones[w.Series]; ok && zone != w.Zone.String() {
			if n == 0 {
				first = w
			}
			n++
		}
	}
	if err != nil || n == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf("the configuration has another time zone than %d series that are loaded, such as %s for %s, "+
		"which has %s: mnaflow run", n, first.Zone, first.Series, zones[first.Series])}, nil
}
