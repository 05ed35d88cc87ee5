package apisim

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that JSON holds as text: "150ms", "8h", "31d".
type Duration time.Duration

// MarshalText writes Go's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads Go's notation, or whole days such as "31d".
func (d *Duration) UnmarshalText(text []byte) error {
	if days, found := strings.CutSuffix(string(text), "d"); found {
		n, err := strconv.ParseInt(days, 10, 32)
		*d = Duration(n) * Duration(24*time.Hour)
		if err != nil {
			return fmt.Errorf("duration %q: write it like 31d, 8h or 150ms", text)
		}
		return nil
	}
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration %q: write it like 31d, 8h or 150ms", text)
	}
	*d = Duration(parsed)
	return nil
}

func (d Duration) minutes() int64 { return int64(time.Duration(d) / time.Minute) }
func (d Duration) seconds() int64 { return int64(time.Duration(d) / time.Second) }

// Ways in which data older than the retention are denied.
const (
	RetentionError = "error" // a window that begins before the horizon: InvalidParameterValue
	RetentionEmpty = "empty" // buckets that begin before the horizon are left out
)

// Settings are everything that the vendor's page leaves open, each way to be tried. Start from [DefaultSettings]: a zero is a value here.
type Settings struct {
	Latency Duration `json:"latency"` // from arrival to answer
	Rate    int      `json:"rate"`    // requests in each second of the server's clock for each secret id; 0: no limit

	MaxSpanHourly   Duration `json:"max_span_hourly"` // a longer EndTime-BeginTime+1s is refused; 0: none
	MaxSpanDaily    Duration `json:"max_span_daily"`
	RetentionHourly Duration `json:"retention_hourly"` // how long before the data clock's now data are kept; 0: for ever
	RetentionDaily  Duration `json:"retention_daily"`
	RetentionMode   string   `json:"retention_mode"` // RetentionError or RetentionEmpty

	RetentionByRegion Regions `json:"retention_by_region"` // where it differs from the two above: {"ALL":{"hourly":"10d"}}

	PointBeforeBegin bool     `json:"point_before_begin"` // BeginTime is floored to its bucket, and the bucket before comes too
	EndInclusive     bool     `json:"end_inclusive"`      // a bucket that begins at EndTime itself comes too
	DayOffset        Duration `json:"day_offset"`         // east of UTC: the zone in which days begin
	HourlyOffset     Duration `json:"hourly_offset"`      // Time of hourly points lies this far inside the hour

	Fractional   bool    `json:"fractional"`     // values carry fractions of a byte, less than a half either way
	Exponent     bool    `json:"exponent"`       // numbers are printed as 1.234E9
	TimeAsNumber bool    `json:"time_as_number"` // Time is a JSON number
	NullEmpty    bool    `json:"null_empty"`     // an empty answer is null, not []
	WrongTotal   float64 `json:"wrong_total"`    // TotalValue times this; 0 or 1: right
	WrongMax     float64 `json:"wrong_max"`      // MaxValue times this; 0 or 1: right

	KeyLife Duration `json:"key_life"` // the longest that a temporary key lives, whatever was asked for; 0: as long as was asked for

	ClockOffset Duration `json:"clock_offset"` // the server's own clock runs ahead by this; signatures, Date and rate follow it
	DataLag     Duration `json:"data_lag"`     // the newest minutes without data
	Growth      Duration `json:"growth"`       // until this long after an hour's end late bytes may arrive
}

// Regions hold a retention for each region.
type Regions struct {
	ALL Retention `json:"ALL,omitzero"`
	MC  Retention `json:"MC,omitzero"`
	AP  Retention `json:"AP,omitzero"`
	EU  Retention `json:"EU,omitzero"`
	AM  Retention `json:"AM,omitzero"`
}

// Retention is how long before the data clock's now data are kept. Zero leaves a granularity to RetentionHourly or RetentionDaily.
type Retention struct {
	Hourly Duration `json:"hourly,omitzero"`
	Daily  Duration `json:"daily,omitzero"`
}

// list has the retentions at the positions of regionWords.
func (r Regions) list() [5]Retention { return [...]Retention{r.ALL, r.MC, r.AP, r.EU, r.AM} }

// DefaultSettings are the simplest reading of the vendor's page and of what its users report.
func DefaultSettings() Settings {
	return Settings{
		Rate:          20,
		RetentionMode: RetentionError,
		DayOffset:     Duration(8 * time.Hour),
		DataLag:       Duration(6 * time.Minute),
		Growth:        Duration(72 * time.Hour),
	}
}

// check returns all faults at once.
func (s Settings) check() error {
	var faults []error
	fault := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	for _, d := range []struct {
		name  string
		value Duration
	}{
		{"latency", s.Latency}, {"max_span_hourly", s.MaxSpanHourly}, {"max_span_daily", s.MaxSpanDaily},
		{"retention_hourly", s.RetentionHourly}, {"retention_daily", s.RetentionDaily},
		{"data_lag", s.DataLag}, {"growth", s.Growth}, {"hourly_offset", s.HourlyOffset}, {"key_life", s.KeyLife},
	} {
		fault(d.value >= 0, "%s is negative", d.name)
	}
	for region, kept := range s.RetentionByRegion.list() {
		fault(kept.Hourly >= 0 && kept.Daily >= 0, "retention_by_region: %s is negative", regionWords[region])
	}
	fault(s.Rate >= 0, "rate is negative")
	fault(s.RetentionMode == RetentionError || s.RetentionMode == RetentionEmpty || s.RetentionMode == "",
		"retention_mode %q: write error or empty", s.RetentionMode)
	for name, d := range map[string]Duration{"day_offset": s.DayOffset, "data_lag": s.DataLag, "growth": s.Growth} {
		fault(time.Duration(d)%time.Minute == 0, "%s %s: write whole minutes", name, time.Duration(d))
	}
	fault(s.DayOffset.seconds() < daySeconds && s.DayOffset.seconds() > -daySeconds, "day_offset: less than a day")
	fault(s.HourlyOffset.seconds() < hourSeconds, "hourly_offset: less than an hour")
	fault(time.Duration(s.Growth) <= 365*24*time.Hour, "growth: at most a year")
	return errors.Join(faults...)
}

func (s Settings) maxSpan(granularity int) int64 {
	if granularity == daily {
		return s.MaxSpanDaily.seconds()
	}
	return s.MaxSpanHourly.seconds()
}

func (s Settings) retention(q series) int64 {
	byRegion := s.RetentionByRegion.list()[q.region]
	if q.granularity == daily {
		return cmp.Or(byRegion.Daily, s.RetentionDaily).seconds()
	}
	return cmp.Or(byRegion.Hourly, s.RetentionHourly).seconds()
}
