package cli

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzMoment checks that any value of a time flag gives either a one-line error or a moment of the years 2000 to 2100,
// never a panic. Parsing the printed moment gives the same moment.
func FuzzMoment(f *testing.F) {
	for _, seed := range []string{
		"", "2026-01-31", "2026-02-30", "2024-02-29", "1999-12-31", "2100-12-31", "2101-01-01", "-30d", "-12h", "-0d",
		"-0h", "-999999d", "-1000000d", "--1d", "-1.5d", "-d", "30d", "-30D", "2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00.123456789+08:00", "2026-01-31T12:00:00-23:59", "2099-12-31T23:59:59-12:00",
		"2100-12-31T23:59:59-00:01", "2000-01-01T00:00:00+14:00", "2026-01-31t12:00:00z", "2026-01-31 12:00:00",
		"2026-06-30T23:59:60Z", "0000-01-01", "0001-01-01T00:00:00Z", "yesterday", "-٣d", "2026-1-31", " 2026-01-31",
		"2026-01-31\n",
	} {
		f.Add(seed, int64(1_794_995_400))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		now := time.Unix(unix%(1<<32), 0)
		m, err := parseMoment("--from", text, now)
		if err != nil {
			_, ok := errors.AsType[usageError](err)
			if !ok || strings.ContainsAny(err.Error(), "\r\n") || !strings.HasPrefix(err.Error(), "--from ") {
				t.Errorf("%q: %q, want one line about the flag", text, err)
			}
			return
		}
		if text == "" {
			if !m.Instant.IsZero() || !m.Date.IsZero() {
				t.Errorf("no text is %+v, want the zero moment", m)
			}
			return
		}
		if m.Instant.IsZero() == m.Date.IsZero() {
			t.Fatalf("%q is %+v, want either an instant or a date", text, m)
		}
		at, printed := m.Instant, m.Instant.Format(time.RFC3339Nano)
		if m.Instant.IsZero() {
			at, printed = m.Date, m.Date.Format(time.DateOnly)
			if printed != text || !at.Equal(at.Truncate(24*time.Hour)) {
				t.Errorf("%q is the date %s", text, at)
			}
		}
		if at.Location() != time.UTC || at.Year() < 2000 || at.Year() > 2100 {
			t.Errorf("%q is %s, out of reach or not in UTC", text, at)
		}
		if number, found := strings.CutPrefix(text, "-"); found {
			n, err := strconv.Atoi(number[:len(number)-1])
			unit := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour}[text[len(text)-1]]
			if err != nil || unit == 0 || !at.Equal(now.Add(-time.Duration(n)*unit)) {
				t.Errorf("%q before %s is %s", text, now, at)
			}
		} else if again, err := time.Parse(time.RFC3339, text); m.Date.IsZero() && (err != nil || !again.Equal(at)) {
			t.Errorf("%q is %s", text, at)
		}
		again, err := parseMoment("--from", printed, now)
		if err != nil || !again.Instant.Equal(m.Instant) || !again.Date.Equal(m.Date) {
			t.Errorf("%q is printed as %s and read as %+v, %v", text, printed, again, err)
		}
	})
}
