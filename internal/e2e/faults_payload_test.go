package e2e

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// payloadFaults are answers that are well-formed and wrong.
func payloadFaults() []fault {
	var out []fault
	// What can be believed: the truth is stored.
	for _, f := range []struct{ name, kind string }{
		{"points out of order", apisim.FaultShuffle},
		{"point doubled, same value", apisim.FaultDuplicateSame},
		{"point before the window", apisim.FaultBeforeWindow},
		{"point after the window", apisim.FaultAfterWindow},
		{"Current a string", apisim.FaultCurrentString},
		{"Time off its bucket", apisim.FaultOffBucket},
	} {
		out = append(out, fault{name: f.name, api: []apisim.Fault{{Kind: f.kind}}, requests: exactly(9)})
	}
	// What contradicts itself is stored nowhere.
	for _, f := range []struct{ name, kind, says string }{
		{"point doubled, another value", apisim.FaultDuplicateOther, "two values"},
		{"point far outside the window", apisim.FaultFarOutside, "beyond the bucket next to the window"},
		{"Time not a number", apisim.FaultTimeNotNumber, "is not epoch seconds"},
		{"Current negative", apisim.FaultNegative, "negative"},
		{"Current 1e30", apisim.FaultCurrent1e30, "more bytes than 64 bits hold"},
	} {
		out = append(out, fault{
			name: f.name, api: []apisim.Fault{{Kind: f.kind}}, says: []string{f.says, "request id"},
			// 24 hours are halved until the one hour stands alone.
			exit: 3, class: "disagrees", failed: exactly(1), requests: between(9+5, 9+7),
		})
	}
	fractional := fault{
		name: "Current fractional", requests: exactly(9), settings: func(s *apisim.Settings) { s.Fractional = true },
	}
	out = append(out, fractional)

	wrongTotal, wrongMax := func(s *apisim.Settings) { s.WrongTotal = 1.5 }, func(s *apisim.Settings) { s.WrongMax = 1.5 }
	// From the fifth request on all: the newest such hour is found, and hours farther and farther back are no better.
	// An older window that was answered before may part them in two.
	refuse := fault{exit: 3, class: "disagrees", failed: between(1, 2), requests: between(9, 9+2*(5+4))}
	record := fault{requests: exactly(9), extract: "  answer_check: record\n"}
	for _, f := range []struct {
		name, says string
		settings   func(*apisim.Settings)
	}{{"Total that does not agree", "TotalValue", wrongTotal}, {"Max that does not agree", "MaxValue", wrongMax}} {
		out = append(out,
			refuse.with(func(g *fault) {
				g.name, g.settings, g.says = f.name+", answer_check: refuse", f.settings, []string{f.says, "request id"}
			}),
			record.with(func(g *fault) {
				g.name, g.settings = f.name+", answer_check: record", f.settings
				g.check = func(tr *trial) {
					const marked = "SELECT count() FROM extractions WHERE state = 'accepted' AND position(reason, ?) > 0"
					if n := tr.scalar(marked, f.says); n < 4 || n > 5 {
						tr.t.Errorf("%d windows are marked as doubtful, want those from the fifth request on", n)
					}
				}
			}))
	}

	suspect := fault{
		loaded: true, exit: 3, class: "suspect", failed: exactly(1), requests: exactly(9),
		says: []string{"lacks", "--accept-missing", "request id"},
	}
	return append(out,
		// A first answer that lacks something is believed; the bucket is not final, and the next one brings it.
		fault{
			name: "one bucket gone, never seen before",
			api:  []apisim.Fault{{Kind: apisim.FaultDropOne}}, requests: exactly(9), lacks: 1,
		},
		fault{
			name: "a fifth of the buckets gone, never seen before",
			api:  []apisim.Fault{{Kind: apisim.FaultDropFifth}}, requests: exactly(9), lacks: 5,
		},
		fault{
			name: "one bucket gone that is held: retracted",
			api:  []apisim.Fault{{Kind: apisim.FaultDropOne}}, loaded: true, requests: exactly(9), lacks: 1,
		},
		fault{
			name: "one bucket gone, but the Total has it",
			api:  []apisim.Fault{{Kind: apisim.FaultDropOne, Consistent: no()}}, loaded: true,
			exit: 3, class: "disagrees", failed: exactly(1), requests: between(9+5, 9+7),
			says: []string{"TotalValue", "request id"},
		},
		suspect.with(func(f *fault) {
			f.name, f.api = "a fifth of the buckets gone that are held", []apisim.Fault{{Kind: apisim.FaultDropFifth}}
		}),
		suspect.with(func(f *fault) {
			f.name, f.api = "an empty answer where there was traffic", []apisim.Fault{{Kind: apisim.FaultEmpty}}
		}),
		fault{
			name: "retention passed in the middle of a forced window", loaded: true, requests: between(9, 9+2*14),
			// Since 13 November 22:00 UTC.
			settings: func(s *apisim.Settings) { s.RetentionHourly = apisim.Duration(108 * time.Hour) },
			check: func(tr *trial) {
				kept := flow.NewCalendar(flow.Hourly, time.UTC).Ceil(tr.moments[len(tr.moments)-1].Add(-108 * time.Hour))
				// The window in which it lies may have been answered a moment before.
				const unavailable = "SELECT count() FROM extractions WHERE state = 'unavailable'"
				if n := tr.scalar(unavailable+" AND window_end <= ?", kept); n != 1 || n != tr.scalar(unavailable) {
					tr.t.Errorf("%d ranges are unavailable before %s, want one and no other", n, kept)
				}
			},
		},
	)
}
