package flow_test

import (
	"archive/zip"
	"go/build"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones must load wherever the tests run
)

// zone loads one zone.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// history is a zone with instants from 1800 to 2100, outside of which its clocks do not change.
type history struct {
	*time.Location
	changes []time.Time
}

// everyZone is each zone of the IANA database that comes with Go: the same that time/tzdata embeds.
func everyZone(t testing.TB) []history {
	t.Helper()
	archive, err := zip.OpenReader(filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var out []history
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			l := zone(t, f.Name)
			out = append(out, history{l, changes(l, day(1800, 1, 1), day(2100, 1, 1))})
		}
	}
	if len(out) < 400 {
		t.Fatalf("only %d zones: the database is not where it is looked for", len(out))
	}
	return out
}

// changes lists instants in [from, to); those at which the clocks of a zone change are among them.
func changes(l *time.Location, from, to time.Time) []time.Time {
	var out []time.Time
	for t := from; ; {
		_, end := t.In(l).ZoneBounds()
		if end.IsZero() || !end.Before(to) {
			return out
		}
		if !end.After(t) { // see TestTheLastDayOfALeapYear
			end = t.AddDate(0, 0, 1).UTC()
		}
		out = append(out, end.UTC())
		t = end
	}
}

// between lists those changes that lie in (from, to].
func (h history) between(from, to time.Time) []time.Time {
	first, _ := slices.BinarySearchFunc(h.changes, from.Add(1), time.Time.Compare)
	last, _ := slices.BinarySearchFunc(h.changes, to.Add(1), time.Time.Compare)
	return h.changes[first:last]
}

// date is the civil date that the zone's clocks show at t, as midnight UTC.
func (h history) date(t time.Time) time.Time {
	y, m, d := t.In(h.Location).Date()
	return day(y, m, d)
}

// slimNewYork is New York as a zone file in the "slim" format: its present rule alone.
func slimNewYork(t testing.TB) *time.Location {
	t.Helper()
	header := func(types, chars byte) string {
		counts := make([]byte, 24) // six numbers of four bytes; the last two count types and characters
		counts[19], counts[23] = types, chars
		return "TZif2" + string(make([]byte, 15)) + string(counts)
	}
	const est = "\xff\xff\xb9\xb0\x00\x00" // -5 hours, not summer time, named by the first character on
	l, err := time.LoadLocationFromTZData("slim New York",
		[]byte(header(0, 0)+header(1, 4)+est+"EST\x00"+"\nEST5EDT,M3.2.0,M11.1.0\n"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// at reads an instant such as 2026-03-29T00:30:00Z, or the midnight UTC of a date.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	if len(text) == len(time.DateOnly) {
		text += "T00:00:00Z"
	}
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}
