package probe

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// moment prints an instant for findings, in UTC.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

// minutes prints a length of time to the minute: 50m, 1h50m.
func minutes(d time.Duration) string {
	text := strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	if text == "" {
		return "0m"
	}
	return strings.TrimSuffix(text, "h0m") + map[bool]string{true: "h"}[strings.HasSuffix(text, "h0m")]
}

// length prints a length of time in the notation of the configuration: 7d, 30h, 65m.
func length(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d%unit.length == 0 {
			return fmt.Sprintf("%d%s", d/unit.length, unit.name)
		}
	}
	return d.String()
}

// buckets prints a number of buckets: 31 days, 168 hours (7 days).
func buckets(n int, g flow.Granularity) string {
	if g == flow.Daily {
		return plural(n, "day")
	}
	if n%24 == 0 && n > 24 {
		return fmt.Sprintf("%s (%s)", plural(n, "hour"), plural(n/24, "day"))
	}
	return plural(n, "hour")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// reason prints an error without the part that says what was being done: the finding says that.
func reason(err error) string {
	if e, ok := errors.AsType[*flow.Error](err); ok {
		err = e.Err
	}
	return strings.TrimSuffix(err.Error(), ".")
}

// list joins words with commas; without words it returns none.
func list(words []string, none string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ", ")
}

// unit is what one bucket is called.
func unit(g flow.Granularity) string {
	if g == flow.Daily {
		return "day"
	}
	return "hour"
}
