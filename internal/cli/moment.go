package cli

import (
	"regexp"
	"strconv"
	"time"

	"github.com/mnaflow/mnaflow/internal/pipeline"
)

var ago = regexp.MustCompile(`^-(\d{1,6})([dh])$`)

// parseMoment reads a point in time as flags take it: a date, RFC 3339, or -30d and -12h before now. An empty text is the zero moment.
func parseMoment(flag, text string, now time.Time) (pipeline.Moment, error) {
	if text == "" {
		return pipeline.Moment{}, nil
	}
	var m pipeline.Moment
	if parts := ago.FindStringSubmatch(text); parts != nil {
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			return m, usagef("%s %q: %w", flag, text, err)
		}
		unit := time.Hour
		if parts[2] == "d" {
			unit = 24 * time.Hour
		}
		m.Instant = now.Add(-time.Duration(n) * unit).UTC()
	} else if date, err := time.Parse(time.DateOnly, text); err == nil {
		m.Date = date
	} else if instant, err := time.Parse(time.RFC3339, text); err == nil {
		m.Instant = instant.UTC()
	} else {
		return m, usagef("%s %q is no point in time: write a date that exists like 2026-01-31, RFC 3339 like 2026-01-31T12:00:00Z, or -30d or -12h", flag, text)
	}
	// The warehouse keeps seconds since 1970 in 32 bits; nothing of this API is that old or that far.
	if year := max(m.Instant.Year(), m.Date.Year()); year < 2000 || year > 2100 { // the other one is the zero time, in the year 1
		return m, usagef("%s %q lies outside the years 2000 to 2100", flag, text)
	}
	return m, nil
}
