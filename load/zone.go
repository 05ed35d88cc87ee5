package load

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// zonesOf are the zones of the accounts.
func zonesOf(settings []flow.Setting) map[string]*time.Location {
	out := map[string]*time.Location{}
	for _, s := range settings {
		out[s.Series.Account] = s.Zone
	}
	return out
}

// moved is the row of a series that is no longer configured, of an account whose zone changes: the same date in the new zone. The account has
// one zone, and every row of it says which.
func (r seriesRow) moved(g flow.Granularity, zone *time.Location) seriesRow {
	if r.zone == zone.String() {
		return r
	}
	if old, err := time.LoadLocation(r.zone); err == nil {
		// The hour in which a day of a zone off the full hour begins starts on the day before.
		date := flow.NewCalendar(flow.Daily, old).Day(time.Unix(r.from, 0).Add(time.Hour - time.Second))
		c := flow.NewCalendar(g, zone)
		r.from = c.Floor(c.DateStart(date)).Unix()
	}
	r.zone = zone.String()
	return r
}

// reach is a zone with the first instant that its table of days should hold.
type reach struct {
	zone *time.Location
	from time.Time
}

// reaches lists the zones that days are needed of: those of the settings, from before the earliest start and the oldest answer of their
// accounts on, and those in which anything was asked for before.
func (l *Loader) reaches(ctx context.Context, settings []flow.Setting) (map[string]reach, error) {
	out := map[string]reach{}
	need := func(zone *time.Location, from time.Time) {
		if r, ok := out[zone.String()]; !ok || from.Before(r.from) {
			out[zone.String()] = reach{zone, from}
		}
	}
	for _, s := range settings {
		need(s.Zone, s.Start.AddDate(0, 0, -7))
	}
	zones := zonesOf(settings)
	_, err := read(ctx, l, "reading what has been asked for", "asked_zones", nil, nil, func(scan func(...any) error) (struct{}, error) {
		var account, name string
		var oldest time.Time
		err := scan(&account, &name, &oldest)
		if zone, configured := zones[account]; configured && err == nil {
			need(zone, oldest)
			// A zone that this machine's database lacks has no days to compare with: then its days are loaded anew.
			if old, unknown := time.LoadLocation(name); unknown == nil {
				need(old, oldest)
			}
		}
		return struct{}{}, err
	})
	return out, err
}
