package cli

import (
	"regexp"
	"strconv"
	"time"

	"github.com/mnaflow/mnaflow/internal/pipeline"
)

var ago = regexp.MustCompile(`^-(\d{1,6})([dh])$`)

// parseMoment parses the value of a time flag: a date like 2026-01-31, RFC 3339, or a time before now like -30d or
// -12h. An empty text gives the zero Moment. The error names the flag and says what to write.
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
		return m, usagef("%s %q is no point in time: write a date that exists like 2026-01-31, "+
			"RFC 3339 like 2026-01-31T12:00:00Z, or -30d or -12h", flag, text)
	}
	// DateTime of the warehouse ends in 2106. One of the two fields is the zero time, in the year 1.
	if year := max(m.Instant.Year(), m.Date.Year()); year < 2000 || year > 2100 {
		return m, usagef("%s %q lies outside the years 2000 to 2100", flag, text)
	}
	return m, nil
}
