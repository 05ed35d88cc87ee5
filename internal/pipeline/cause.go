package pipeline

import (
	"fmt"
	"slices"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// maxCauses bounds Report.Causes. Ten causes are enough to act on; the ledger has the others.
const maxCauses = 10

// Cause is why windows failed. Reasons that differ only in series, window, request id and numbers are one cause: a
// wrong time zone fails every daily window, each with an instant of its own.
type Cause struct {
	Class   flow.Class `json:"class"`
	Windows int        `json:"windows"` // that failed for it
	Series  int        `json:"series"`  // of those windows
	Reason  string     `json:"reason"`  // of the first window, with its series, window and request id

	kind   string
	forced bool // the pass was forced
	series map[flow.Series]bool
}

// String is the cause in one line.
func (c Cause) String() string {
	if c.Windows == 1 {
		return "failed: " + c.Reason + c.next()
	}
	series := "1 series"
	if c.Series > 1 {
		series = fmt.Sprintf("%d series", c.Series)
	}
	return fmt.Sprintf("failed: %d windows of %s, the first: %s%s", c.Windows, series, c.Reason, c.next())
}

// next says whether somebody has to do something. Reasons of the other classes do. Later runs do not ask for what a
// forced pass asked for, if it is final and covered already.
func (c Cause) next() string {
	switch {
	case c.Class != flow.Transient && c.Class != flow.Refused && c.Class != flow.Disagrees:
		return ""
	case c.forced:
		return "; stored values stay; repeat this command, since later runs do not ask for final ones again"
	}
	return "; later runs ask again"
}

// add counts a failed attempt under its cause. It ignores an eleventh cause.
func add(causes []Cause, a flow.Attempt, forced bool) []Cause {
	kind := string(a.Class) + " " + flow.Kind(a.Reason)
	i := slices.IndexFunc(causes, func(c Cause) bool { return c.kind == kind })
	switch {
	case i >= 0:
	case len(causes) == maxCauses:
		return causes
	default:
		i = len(causes)
		causes = append(causes, Cause{
			Class: a.Class, Reason: a.Reason, kind: kind, forced: forced, series: map[flow.Series]bool{},
		})
	}
	c := &causes[i]
	c.Windows++
	c.series[a.Series] = true
	c.Series = len(c.series)
	return causes
}
