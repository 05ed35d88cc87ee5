package audit

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// reload is how the checks advise to load a range again. advised names the range.
const reload = "mnaflow backfill --force"

// advice fills in a template of advice.sql.
type advice struct {
	Verify string // the verification, in whose results the statement finds what failed
	Clock  uint64 // of the warehouse when it began
	Of     string // see For
}

// For is the advice about one of several: a table, or a value.
func (a advice) For(of string) advice { return advice{a.Verify, a.Clock, of} }

var (
	// textParameter matches the parameter of a statement that is a text: {lost_entries:String}.
	textParameter = regexp.MustCompile(`\{(\w+):String\}`)
	onOneLine     = strings.NewReplacer("( ", "(", " )", ")") // what joining lines leaves beside parentheses
)

// advise adds to values the advice that a statement names, each on one line.
func (a *Auditor) advise(v Verification, sql string, values warehouse.Values) {
	for _, m := range textParameter.FindAllStringSubmatch(sql, -1) {
		if _, ok := values[m[1]]; ok {
			continue
		}
		text := statements.Text(m[1], advice{Verify: v.ID, Clock: v.clock})
		values[m[1]] = a.db.Portable(onOneLine.Replace(strings.Join(strings.Fields(text), " ")))
	}
}

// Describe sets the detail: what is stored, with what its command needs beside it.
func (f *Finding) Describe(stored string) {
	f.kind = stored
	f.Detail = advised([]Finding{*f})
}

// advised returns the detail of findings with the command that it advises as an operator can type it: with the range
// and the account, and the granularity if all have the same. Results in the warehouse do without, so that those with
// the same cause have the same detail.
func advised(list []Finding) string {
	f := list[0]
	begin, end, granularity := f.Begin, f.End, f.Granularity
	for _, other := range list[1:] {
		if other.Begin.Before(begin) {
			begin = other.Begin
		}
		if other.End.After(end) {
			end = other.End
		}
		if other.Granularity != granularity {
			granularity = ""
		}
	}
	if begin.Unix() <= 0 {
		return f.kind
	}
	command := "mnaflow backfill --from " + begin.UTC().Format(time.RFC3339) + " --to " + end.UTC().Format(time.RFC3339)
	if f.Account != "" {
		command += " --account " + f.Account
	}
	if granularity != "" {
		command += " --granularity " + string(granularity)
	}
	command += " --force"
	var lacks []string
	for _, other := range list {
		if other.lacks != "" && !slices.Contains(lacks, other.lacks) {
			lacks = append(lacks, other.lacks)
		}
	}
	if len(lacks) > 0 {
		command += " (first add " + strings.Join(lacks, ", ") + ")"
	}
	return strings.ReplaceAll(f.kind, reload, command)
}
