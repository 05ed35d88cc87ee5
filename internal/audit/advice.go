package audit

import (
	"strings"
	"time"
)

// reload is how the checks advise to load a range again. advised names the range.
const reload = "mnaflow backfill --force"

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
	return strings.ReplaceAll(f.kind, reload, command+" --force")
}
