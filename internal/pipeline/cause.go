package pipeline

import (
	"fmt"
	"slices"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// maxCauses bounds Report.Causes: what is behind the tenth cause is behind the others too, or is in the ledger.
const maxCauses = 10

// Cause is why windows failed. Reasons that differ in nothing but the series, the window, the request id and numbers are
// one cause: a wrong time zone fails every daily window, each with an instant of its own.
type Cause struct {
	Class   flow.Class `json:"class"`
	Windows int        `json:"windows"`
	Series  int        `json:"series"`
	Reason  string     `json:"reason"` // of the first window, with its series, window and request id

	kind   string
	series map[flow.Series]bool
}

// String says it in one line.
func (c Cause) String() string {
	if c.Windows == 1 {
		return "failed: " + c.Reason
	}
	series := "1 series"
	if c.Series > 1 {
		series = fmt.Sprintf("%d series", c.Series)
	}
	return fmt.Sprintf("failed: %d windows of %s, the first: %s", c.Windows, series, c.Reason)
}

// add counts a failed attempt.
func add(causes []Cause, a flow.Attempt) []Cause {
	kind := string(a.Class) + " " + flow.Kind(a.Reason)
	i := slices.IndexFunc(causes, func(c Cause) bool { return c.kind == kind })
	switch {
	case i >= 0:
	case len(causes) == maxCauses:
		return causes
	default:
		i = len(causes)
		causes = append(causes, Cause{Class: a.Class, Reason: a.Reason, kind: kind, series: map[flow.Series]bool{}})
	}
	c := &causes[i]
	c.Windows++
	c.series[a.Series] = true
	c.Series = len(c.series)
	return causes
}
