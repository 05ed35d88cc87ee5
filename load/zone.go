package load

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// zonesOf returns the time zone of each account.
func zonesOf(settings []flow.Setting) map[string]*time.Location {
	out := map[string]*time.Location{}
	for _, s := range settings {
		out[s.Series.Account] = s.Zone
	}
	return out
}

// moved returns the row with its start moved to the same date in another zone. It is for a series that is no longer
// configured while its account's zone changes: an account has one zone, and each of its rows names it.
func (r seriesRow) moved(g flow.Granularity, zone *time.Location) seriesRow {
	if r.zone == zone.String() {
		return r
	}
	if old, err := time.LoadLocation(r.zone); err == nil {
		// In a zone off the full hour, such as UTC+5:30, a start is the hour that contains midnight, and that begins on
		// the day before.
		date := flow.NewCalendar(flow.Daily, old).Day(time.Unix(r.from, 0).Add(time.Hour - time.Second))
		c := flow.NewCalendar(g, zone)
		r.from = c.Floor(c.DateStart(date)).Unix()
	}
	r.zone = zone.String()
	return r
}

// reach is a zone with the first instant that the table days should cover.
type reach struct {
	zone *time.Location
	from time.Time
}

// reaches lists the zones that need days, by name: those of the settings, and those in which earlier runs requested
// something. A zone reaches back a week before what is loaded first, and to the oldest window of its accounts in the
// ledger.
func (l *Loader) reaches(ctx context.Context, settings []flow.Setting) (map[string]reach, error) {
	out := map[string]reach{}
	need := func(zone *time.Location, from time.Time) {
		if r, ok := out[zone.String()]; !ok || from.Before(r.from) {
			out[zone.String()] = reach{zone, from}
		}
	}
	for _, s := range settings {
		need(s.Zone, s.Start.AddDate(0, 0, -7))
		if !s.Oldest.IsZero() {
			need(s.Zone, s.Oldest.AddDate(0, 0, -7))
		}
	}
	zones := zonesOf(settings)
	one := func(scan func(...any) error) (struct{}, error) {
		var account, name string
		var oldest time.Time
		err := scan(&account, &name, &oldest)
		if zone, configured := zones[account]; configured && err == nil {
			need(zone, oldest)
			// This machine may not know the former zone. Then there are no days to compare with, and all days are
			// loaded again.
			if old, unknown := time.LoadLocation(name); unknown == nil {
				need(old, oldest)
			}
		}
		return struct{}{}, err
	}
	_, err := read(ctx, l, "reading the zones of the ledger", "ledger_zones", nil, nil, one)
	return out, err
}
