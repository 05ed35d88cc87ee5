package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// zones are suggested for a misspelt time zone. All other IANA names are accepted too.
var zones = []string{
	"UTC", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Seoul",
	"Asia/Bangkok", "Asia/Jakarta", "Asia/Manila", "Asia/Kolkata", "Asia/Dubai", "Australia/Sydney",
	"Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Amsterdam", "Europe/Madrid", "Europe/Moscow",
	"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Toronto",
	"America/Sao_Paulo", "America/Mexico_City",
}

// notZones are names that people use for Asia/Shanghai and that are no IANA names.
var notZones = []string{"utc+8", "utc+08:00", "gmt+8", "gmt+08:00", "+8", "+08:00", "cst", "asia/beijing", "beijing",
	"shanghai", "china standard time"}

// zone is the kind of an IANA time zone. It refuses names that differ from machine to machine or count leap seconds.
var zone = kind[*time.Location]{
	format: (*time.Location).String,
	parse: func(text string) (*time.Location, error) {
		l, err := time.LoadLocation(text)
		for _, odd := range []string{"Local", "localtime", "posix", "right/", "Factory"} {
			if strings.HasPrefix(text, odd) {
				err = errors.New("not portable")
			}
		}
		if err == nil && text != "" {
			return l, nil
		}
		if slices.Contains(notZones, strings.ToLower(text)) {
			text = "Asia/Shanghai"
		}
		return nil, errors.New("is no time zone" +
			hint(text, zones, "; write an IANA name such as Asia/Shanghai or UTC"))
	},
}

// cronSpec is the kind of a cron entry that cron.ParseStandard accepts and that comes due at some time; CRON_TZ=zone
// may precede it.
var cronSpec = kind[string]{
	free:   true,
	format: func(v string) string { return v },
	parse: func(text string) (string, error) {
		spec := strings.TrimSpace(text)
		return spec, checkCron(spec)
	},
}

var cronFields = []string{
	"minute; write 0 to 59", "hour; write 0 to 23", "day of the month; write 1 to 31", "month; write 1 to 12",
	"day of the week; write 0 (Sunday) to 6",
}

// checkCron returns an error if spec is no cron entry or never comes due. It guards cron.ParseStandard, which panics
// on a zone with nothing after it, accepts 30 February, and repeats the text in its errors.
func checkCron(spec string) error {
	whole := spec
	if zoned, ok := cutZone(spec); ok {
		name, rest, _ := strings.Cut(zoned, " ")
		if _, err := zone.parse(name); err != nil {
			return errors.New("starts with a time zone that is none; write it like CRON_TZ=Asia/Shanghai 20 * * * *")
		}
		spec = strings.TrimSpace(rest)
	}
	if strings.HasPrefix(spec, "@") {
		schedule, err := cron.ParseStandard(spec)
		if every, ok := schedule.(cron.ConstantDelaySchedule); err != nil || ok && every.Delay < time.Minute {
			return errors.New("is no cron entry; write @hourly, @daily, @weekly, @monthly or @every with at least 1m")
		}
		return nil
	}
	fields := strings.Fields(spec)
	if len(fields) != len(cronFields) {
		return fmt.Errorf("has %d fields; write five, minute, hour, day of the month, month and day of the week, "+
			`such as "20 * * * *"`, len(fields))
	}
	for i, field := range fields {
		alone := strings.Fields("* * * * *")
		alone[i] = field
		if _, err := cron.ParseStandard(strings.Join(alone, " ")); err != nil || strings.Trim(field, ",") == "" {
			return errors.New("is wrong in its field for the " + cronFields[i] + `, a range, a list or *`)
		}
	}
	schedule, err := cron.ParseStandard(whole)
	if err != nil || schedule.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return errors.New("never comes due; write a day that its months have")
	}
	return nil
}

// cutZone returns the rest of spec after TZ= or CRON_TZ=, and whether it starts with one of them.
func cutZone(spec string) (string, bool) {
	if rest, ok := strings.CutPrefix(spec, "CRON_TZ="); ok {
		return rest, true
	}
	return strings.CutPrefix(spec, "TZ=")
}
