package apisim

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that is text in JSON: "150ms", "8h", "31d".
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

// How the API answers for data that are older than the retention.
const (
	RetentionError = "error" // a window that begins before the horizon: InvalidParameterValue
	RetentionEmpty = "empty" // without the buckets that begin before the horizon
)

// Settings choose how the API behaves where the vendor's page leaves it open. Start from [DefaultSettings]: a zero
// has a meaning too.
type Settings struct {
	Latency Duration `json:"latency"` // from arrival to answer
	Rate    int      `json:"rate"`    // requests a second of the server's clock, for each secret id; 0: no limit

	MaxSpanHourly   Duration `json:"max_span_hourly"` // longest EndTime-BeginTime+1s; 0: no limit
	MaxSpanDaily    Duration `json:"max_span_daily"`
	RetentionHourly Duration `json:"retention_hourly"` // how long data are kept, by the data clock; 0: for ever
	RetentionDaily  Duration `json:"retention_daily"`
	RetentionMode   string   `json:"retention_mode"` // RetentionError or RetentionEmpty

	// RetentionByRegion overrides the two above: {"ALL": {"hourly": "10d"}}.
	RetentionByRegion Regions `json:"retention_by_region"`

	PointBeforeBegin bool     `json:"point_before_begin"` // floor BeginTime to its bucket and add the bucket before it
	EndInclusive     bool     `json:"end_inclusive"`      // add the bucket that begins at EndTime
	DayOffset        Duration `json:"day_offset"`         // zone in which days begin, east of UTC
	HourlyOffset     Duration `json:"hourly_offset"`      // Time of an hourly point is this long after its hour's start

	Fractional   bool    `json:"fractional"`     // add or subtract less than half a byte
	Exponent     bool    `json:"exponent"`       // print numbers as 1.234E9
	TimeAsNumber bool    `json:"time_as_number"` // Time is a JSON number
	NullEmpty    bool    `json:"null_empty"`     // an empty answer is null, not []
	WrongTotal   float64 `json:"wrong_total"`    // multiply TotalValue by this; 0 or 1: do not
	WrongMax     float64 `json:"wrong_max"`      // multiply MaxValue by this; 0 or 1: do not

	KeyLife Duration `json:"key_life"` // longest life of a temporary key; 0: as requested

	ClockOffset Duration `json:"clock_offset"` // how far the server's clock (signatures, Date, rate) is ahead
	DataLag     Duration `json:"data_lag"`     // the newest data are this old
	Growth      Duration `json:"growth"`       // late bytes arrive until this long after the hour's end
}

// Regions holds a retention for each region.
type Regions struct {
	ALL Retention `json:"ALL,omitzero"`
	MC  Retention `json:"MC,omitzero"`
	AP  Retention `json:"AP,omitzero"`
	EU  Retention `json:"EU,omitzero"`
	AM  Retention `json:"AM,omitzero"`
}

// Retention is how long data are kept, by the data clock. Zero: RetentionHourly or RetentionDaily applies.
type Retention struct {
	Hourly Duration `json:"hourly,omitzero"`
	Daily  Duration `json:"daily,omitzero"`
}

// list returns the retentions in the order of regionWords.
func (r Regions) list() [5]Retention { return [...]Retention{r.ALL, r.MC, r.AP, r.EU, r.AM} }

// DefaultSettings follow the simplest reading of the vendor's page, and reports of its users: no data for the newest 6
// minutes.
func DefaultSettings() Settings {
	return Settings{
		Rate:          20,
		RetentionMode: RetentionError,
		DayOffset:     Duration(8 * time.Hour),
		DataLag:       Duration(6 * time.Minute),
		Growth:        Duration(72 * time.Hour),
	}
}

// check returns an error that lists all faults of the settings.
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
