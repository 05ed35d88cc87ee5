package load

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Compare is the first half of Store. Tests have two passes compare before either writes.
func (l *Loader) Compare(ctx context.Context, attempts []flow.Attempt) ([][]flow.Held, error) {
	return l.compare(ctx, attempts)
}

// Write is the second half, once attempts have been judged.
func (l *Loader) Write(ctx context.Context, runID string, attempts []flow.Attempt, held [][]flow.Held) error {
	return l.write(ctx, uuid.MustParse(runID), attempts, held)
}

// Assembled are the statements that are assembled, by the names of their files and what they are assembled for: two
// windows, one of hours, and one of days of an account whose name has to be quoted.
func Assembled() map[string]string {
	at := func(hour int64) time.Time { return time.Unix(1767225600+3600*hour, 0) }
	berlin := time.FixedZone("Europe/Berlin", 3600)
	windows := []flow.Attempt{
		{
			Series: flow.Series{
				Account: "main", Granularity: flow.Hourly, Region: flow.AllRegions, Gateway: flow.Public, Traffic: flow.Total,
			},
			Calendar: flow.NewCalendar(flow.Hourly, time.UTC), Window: flow.Window{Begin: at(0), End: at(5)},
			Sent: flow.Stamp{Version: 17},
		},
		{
			Series: flow.Series{
				Account: `it's a \`, Granularity: flow.Daily, Region: flow.Europe, Gateway: flow.Private, Traffic: flow.Uplink,
			},
			Calendar: flow.NewCalendar(flow.Daily, berlin), Window: flow.Window{Begin: at(-1), End: at(47)},
			Sent: flow.Stamp{Version: 18},
		},
	}
	out := map[string]string{
		"complete_history": completionOf(windows),
		"restamp.facts":    restampOf("facts", factsColumns),
		"restamp.history":  restampOf("history", historyColumns),
		"restore":          restoration(),
		"series":           statements.Text("series", nil),
		"ledger_islands":   statements.Text("ledger_islands", berlin),
		"ledger_open":      statements.Text("ledger_open", berlin),
	}
	for _, name := range []string{"held_facts", "held_history", "newer_answers", "newer_changes"} {
		out[name] = statements.Text(name, windows)
	}
	for _, name := range []string{"other_zone"} {
		out[name] = statements.Text(name, "facts")
	}
	out["written_at"] = statements.Text("written_at", "series")
	return out
}
