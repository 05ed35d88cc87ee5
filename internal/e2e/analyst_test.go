package e2e

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/migrations"
)

// update writes the answers that docs/warehouse.md prints anew: go test ./internal/e2e -run TestQuestionsOfAnalysts
// -update.
var update = flag.Bool("update", false, "write the answers in docs/warehouse.md instead of comparing them")

// The moments at which the known data of docs/warehouse.md were loaded. They lie in the past of every server, whose own
// clock says how far flow_coverage and flow_gaps look.
var (
	loaded    = time.Date(2025, 11, 2, 3, 0, 0, 0, time.UTC)   // the backfill: October's last days are preliminary
	restated  = time.Date(2025, 11, 4, 12, 0, 0, 0, time.UTC)  // the vendor corrects 31 October
	corrected = time.Date(2025, 11, 5, 3, 0, 0, 0, time.UTC)   // a run that sees it
	yesterday = time.Date(2025, 11, 17, 9, 50, 0, 0, time.UTC) // a run in which one hour of a series breaks its window
	today     = time.Date(2025, 11, 18, 9, 50, 0, 0, time.UTC) // the last run, which asks for that window in halves
)

// newKnown is a warehouse with the known data: 60 series since 1 September 2025, of which the API keeps hours for 60
// days.
func newKnown(t *testing.T) *rig {
	t.Helper()
	settings := unlimited()
	settings.RetentionHourly = apisim.Duration(60 * 24 * time.Hour)
	r := newRig(t, loaded, settings, "  start: 2025-09-01\n")
	r.must("migrate")
	step := func(moment time.Time, code int, args ...string) {
		t.Helper()
		r.advance(moment.Sub(r.clock()))
		if got := r.do(args...); got.code != code {
			t.Fatalf("mnaflow %s at %s: want exit %d: %s", strings.Join(args, " "), moment, code, got)
		}
	}
	step(loaded, 0, "backfill", "--from", "2025-09-01")
	day := localDay(2025, 10, 31)
	for _, change := range []apisim.Restatement{
		{
			Begin: day, End: day.Add(24 * time.Hour), Region: "EU", Gateway: "public",
			Factor: &apisim.Ratio{Num: 11, Den: 10}, At: restated,
		},
		{
			Begin: day.Add(22 * time.Hour), End: day.Add(24 * time.Hour), Region: "AM", Gateway: "private",
			Remove: true, At: restated,
		},
	} {
		if err := r.sim.Restate(change); err != nil {
			t.Fatal(err)
		}
	}
	step(corrected, 0, "run")
	nonsense := apisim.Fault{Kind: "negative", Match: apisim.Match{
		Granularity: "hourly", Region: "AP", Gateway: "private", Traffic: "uplink",
		Contains: time.Date(2025, 11, 12, 3, 0, 0, 0, time.UTC),
	}}
	if err := r.sim.AddFaults(nonsense); err != nil {
		t.Fatal(err)
	}
	step(yesterday, 3, "run")
	step(today, 3, "run")
	return r
}

// localDay is the first instant of a date in Asia/Shanghai.
func localDay(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.FixedZone("", 8*3600)).UTC()
}

// Every query of docs/warehouse.md gives the answer that stands below it, and those that matter give the simulator's
// truth.
func TestQuestionsOfAnalysts(t *testing.T) {
	t.Parallel()
	const path = "../../docs/warehouse.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := newKnown(t)
	truths := r.truths()
	document := strings.Split(string(data), "\n### ")
	asked := 0
	for i, section := range document {
		title, _, _ := strings.Cut(section, "\n")
		before, rest, found := strings.Cut(section, "```sql\n")
		if !found {
			continue
		}
		asked++
		query, after, _ := strings.Cut(rest, "```\n")
		if strings.Contains(after, "```sql") {
			t.Errorf("%s: more than one query, of which a test sees the first", title)
		}
		said, golden, found := strings.Cut(after, "```text\n")
		golden, tail, _ := strings.Cut(golden, "```\n")
		if !found {
			said, tail = "\n", after
		}
		for _, from := range regexp.MustCompile(`FROM (\w+)`).FindAllStringSubmatch(query, -1) {
			if !regexp.MustCompile(`\n### .*\b` + from[1] + `\b`).Match(data) {
				t.Errorf("%s: %s is no view that an analyst may read", title, from[1])
			}
		}
		answer := r.answer(query)
		if truth, ok := truths[title]; ok {
			if diff := cmp.Diff(truth, answer[1:]); diff != "" {
				t.Errorf("%s: the simulator's truth -, the answer +:\n%s", title, diff)
			}
			delete(truths, title)
		}
		if *update {
			document[i] = before + "```sql\n" + query + "```\n" + said + "```text\n" + aligned(answer) + "```\n" + tail
		} else if diff := cmp.Diff(golden, aligned(answer)); diff != "" {
			t.Errorf("%s: printed -, answered +:\n%s", title, diff)
		}
	}
	if asked < 12 || len(truths) > 0 {
		t.Errorf("%d questions, want 12 at least; held against the truth and not asked: %v", asked, truths)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(path, []byte(strings.Join(document, "\n### ")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Every view that is for analysts is described, each column of those that are for every day in its place.
func TestViewsOfAnalysts(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/warehouse.md")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	described := map[string]string{}
	for _, found := range regexp.MustCompile("(?m)^- `(\\w+)`: `(.*)`$").FindAllStringSubmatch(string(data), -1) {
		described[found[1]] = found[2]
	}
	for _, view := range migrations.PublicViews() {
		if !regexp.MustCompile(`\n### .*\b` + view + `\b`).Match(data) {
			t.Errorf("%s has no section", view)
		}
	}
	for view, columns := range described {
		readable := view
		if strings.HasSuffix(view, "_as_of") {
			readable += "(at = '2025-11-01')"
		}
		if got := strings.Join(r.answer("SELECT * FROM " + readable + " LIMIT 0")[0], ", "); got != columns {
			t.Errorf("%s has the columns\n%s, described are\n%s", view, got, columns)
		}
	}
	if len(described) < 11 {
		t.Errorf("the columns of %d views are described, want 11", len(described))
	}
}

// answer runs a query and returns its columns' names, then its rows, as text.
func (r *rig) answer(query string) [][]string {
	r.t.Helper()
	rows, err := r.conn.Query(r.t.Context(), query)
	if err != nil {
		r.t.Fatalf("%v\n%s", err, query)
	}
	defer func() { _ = rows.Close() }()
	types := rows.ColumnTypes()
	out := [][]string{rows.Columns()}
	for rows.Next() {
		cells, row := make([]any, len(types)), make([]string, len(types))
		for i, c := range types {
			cells[i] = reflect.New(c.ScanType()).Interface()
		}
		if err := rows.Scan(cells...); err != nil {
			r.t.Fatal(err)
		}
		for i, c := range types {
			row[i] = printed(reflect.ValueOf(cells[i]).Elem(), c.DatabaseTypeName())
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatalf("%v\n%s", err, query)
	}
	return out
}

// printed is a value as ClickHouse prints it.
func printed(v reflect.Value, kind string) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "NULL"
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case time.Time:
		switch {
		case kind == "Date":
			return x.Format(time.DateOnly)
		case strings.Contains(kind, "DateTime64"):
			return x.Format("2006-01-02 15:04:05.000")
		}
		return x.Format(time.DateTime)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	default:
		return fmt.Sprint(x)
	}
}

// aligned is a table in columns, two blanks apart, numbers to the right.
func aligned(table [][]string) string {
	widths, words := make([]int, len(table[0])), make([]bool, len(table[0]))
	for i, row := range table {
		for j, cell := range row {
			widths[j] = max(widths[j], len(cell))
			if _, err := strconv.ParseFloat(cell, 64); err != nil && i > 0 && cell != "NULL" {
				words[j] = true
			}
		}
	}
	var b strings.Builder
	for _, row := range table {
		var line strings.Builder
		for j, cell := range row {
			blanks := strings.Repeat(" ", widths[j]-len(cell))
			if words[j] {
				line.WriteString(cell + blanks + "  ")
			} else {
				line.WriteString(blanks + cell + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
