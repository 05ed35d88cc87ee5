package load

import (
	"context"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// daysAhead is how far the table days reaches past the last load. Views need the ends of days even if nothing has been
// loaded for two years.
const daysAhead = 2 * 366

// Configure records what the configuration asks for: every series, and the days of each time zone. A series that the
// configuration no longer names becomes not configured. Rows that were stored in another time zone of an account are
// moved into the current one (see restamp). It writes only what differs, and waits while the warehouse is away.
func (l *Loader) Configure(ctx context.Context, settings []flow.Setting, now time.Time) error {
	if err := l.db.Await(ctx); err != nil {
		return err
	}
	// The views take an account's zone from the table series. So it is written last, when the rows are in that zone.
	if err := l.configureDays(ctx, settings, now); err != nil {
		return err
	}
	if err := l.restamp(ctx, settings); err != nil {
		return err
	}
	return l.configureSeries(ctx, settings, now)
}

// seriesRow is a row of the table series. It is comparable.
type seriesRow struct {
	configured                bool
	from                      int64 // seconds since 1970
	zone                      string
	settle, refresh, finality uint32 // seconds
}

// configureSeries writes the rows of the table series that differ from the settings.
func (l *Loader) configureSeries(ctx context.Context, settings []flow.Setting, now time.Time) error {
	stored, order, err := l.storedSeries(ctx)
	if err != nil {
		return err
	}
	wanted := make(map[flow.Series]seriesRow, len(settings))
	for _, s := range settings {
		if _, ok := stored[s.Series]; !ok {
			order = append(order, s.Series)
		}
		wanted[s.Series] = seriesRow{
			configured: true, from: s.Start.Unix(), zone: s.Zone.String(), settle: uint32(s.Settle / time.Second),
			refresh: uint32(s.Refresh / time.Second), finality: uint32(s.Finality / time.Second),
		}
	}
	zones, former := zonesOf(settings), map[string]string{} // the zone that an account had, if it has changed
	var text [6][]string
	var configured []bool
	var from []time.Time
	var numbers [3][]uint32
	for _, s := range order {
		row, ok := wanted[s]
		if !ok {
			row = stored[s]
			row.configured = false
			if zone, ok := zones[s.Account]; ok {
				row = row.moved(s.Granularity, zone)
			}
		}
		if old, ok := stored[s]; ok && old == row {
			continue
		}
		if old, ok := stored[s]; ok && old.zone != row.zone {
			former[s.Account] = old.zone
		}
		for i, v := range []string{
			s.Account, string(s.Granularity), string(s.Region), string(s.Gateway), string(s.Traffic), row.zone,
		} {
			text[i] = append(text[i], v)
		}
		configured = append(configured, row.configured)
		from = append(from, time.Unix(row.from, 0).UTC())
		for i, v := range []uint32{row.settle, row.refresh, row.finality} {
			numbers[i] = append(numbers[i], v)
		}
	}
	for account, zone := range former {
		l.log.Info("the time zone has changed: hours are dated anew, and days are loaded anew",
			"account", account, "from", zone, "to", zones[account])
	}
	written, err := l.writtenAt(ctx, "series", len(from), now)
	if err != nil {
		return err
	}
	return l.db.Insert(ctx, warehouse.Rows{
		Table: "series",
		Columns: "account, granularity, access_region, gateway_type, traffic_type, configured, expected_from, time_zone, " +
			"settle_seconds, refresh_seconds, finality_seconds, written_at",
		Values: []any{
			text[0], text[1], text[2], text[3], text[4], configured, from, text[5],
			numbers[0], numbers[1], numbers[2], written,
		},
	})
}

// writtenAt returns the written_at of n new rows for a table in which the newest row counts. It is now, or just
// after the newest row if a clock was ahead and has been set right: otherwise the new rows would not count.
func (l *Loader) writtenAt(ctx context.Context, table string, n int, now time.Time) ([]time.Time, error) {
	if n == 0 {
		return nil, nil
	}
	newest, err := read(ctx, l, "reading when "+table+" was written", "written_at", table, nil,
		func(scan func(...any) error) (t time.Time, err error) { return t, scan(&t) })
	if err != nil {
		return nil, err
	}
	if len(newest) > 0 && !newest[0].Before(now) {
		now = newest[0].Add(time.Microsecond)
	}
	return slices.Repeat([]time.Time{now}, n), nil
}

// storedSeries returns the rows of the table series, and the series in the table's order.
func (l *Loader) storedSeries(ctx context.Context) (map[flow.Series]seriesRow, []flow.Series, error) {
	stored := map[flow.Series]seriesRow{}
	one := func(scan func(...any) error) (flow.Series, error) {
		var s flow.Series
		var r seriesRow
		err := scan(&s.Account, (*string)(&s.Granularity), (*string)(&s.Region), (*string)(&s.Gateway),
			(*string)(&s.Traffic), &r.configured, &r.from, &r.zone, &r.settle, &r.refresh, &r.finality)
		stored[s] = r
		return s, err
	}
	order, err := read(ctx, l, "reading the series", "series", nil, nil, one)
	return stored, order, err
}

// configureDays brings the table days up to date for each zone: from before the earliest start, pass and answer to
// daysAhead from now. A day whose begin or end has moved, because the rules of its zone have changed, is written again.
func (l *Loader) configureDays(ctx context.Context, settings []flow.Setting, now time.Time) error {
	reaches, err := l.reaches(ctx, settings)
	if err != nil {
		return err
	}
	for zone, r := range reaches {
		stored, err := l.storedDays(ctx, zone)
		if err != nil {
			return err
		}
		c := flow.NewCalendar(flow.Daily, r.zone)
		var zones []string
		var days, begins, ends []time.Time
		for begin := range c.Buckets(flow.Window{Begin: c.Floor(r.from), End: now.AddDate(0, 0, daysAhead)}) {
			day, end := c.Day(begin), c.Next(begin)
			if stored[day.Unix()] == [2]int64{begin.Unix(), end.Unix()} {
				continue
			}
			zones, days, begins, ends = append(zones, zone), append(days, day), append(begins, begin), append(ends, end)
		}
		// Every date adds one day at the end. To save inserts, wait until more than the last month of the range is
		// missing.
		if len(days) == 0 || days[0].After(c.Day(now.AddDate(0, 0, daysAhead-31))) {
			continue
		}
		written, err := l.writtenAt(ctx, "days", len(days), now)
		if err != nil {
			return err
		}
		err = l.db.Insert(ctx, warehouse.Rows{
			Table: "days", Columns: "time_zone, day, day_begin, day_end, written_at",
			Values: []any{zones, days, begins, ends, written},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// storedDays returns begin and end of each stored day of a zone. The key is the date as midnight UTC; all are in
// seconds since 1970.
func (l *Loader) storedDays(ctx context.Context, zone string) (map[int64][2]int64, error) {
	values := warehouse.Values{"zone": zone}
	stored := map[int64][2]int64{}
	_, err := read(ctx, l, "reading the days", "days", nil, values, func(scan func(...any) error) (struct{}, error) {
		var day, begin, end int64
		err := scan(&day, &begin, &end)
		stored[day] = [2]int64{begin, end}
		return struct{}{}, err
	})
	return stored, err
}
