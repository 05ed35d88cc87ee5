package report_test

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/report"
)

func TestJudge(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name            string
		revised, proven uint64
		watched         uint64
		latest          time.Duration // since the end of the day
		finality        time.Duration
		verdict         report.Verdict
		advice          time.Duration
	}{
		{"nothing changed", 0, 0, 100, 0, 5 * day, report.NothingYet, 0},
		{"nothing changed and hardly anything watched", 0, 0, 3, 0, 5 * day, report.NothingYet, 0},
		{"changes within the day itself", 9, 0, 14, 0, 5 * day, report.LongEnough, 0},
		{"at two thirds", 9, 0, 14, 80 * time.Hour, 5 * day, report.LongEnough, 0},
		{"one second later", 9, 0, 14, 80*time.Hour + time.Second, 5 * day, report.TooShort, 6 * day},
		{
			"the same, and it does not matter how little was watched",
			9, 0, 0, 80*time.Hour + time.Second, 5 * day, report.TooShort, 6 * day,
		},
		{"early changes, but too few days", 9, 0, 13, day, 5 * day, report.TooEarly, 0},
		{"with the last request", 9, 0, 90, 5 * day, 5 * day, report.TooShort, 8 * day},
		{"whole days stay whole", 9, 0, 90, 4 * day, 5 * day, report.TooShort, 6 * day},
		{"after a month in which nothing ran", 9, 0, 90, 30 * day, 5 * day, report.TooShort, 15 * day},
		{"when it was final", 9, 1, 90, day, 5 * day, report.TooShort, 10 * day},
		{"when it was final, and often late", 9, 1, 90, 8 * day, 5 * day, report.TooShort, 12 * day},
		{"a finality of hours", 9, 0, 90, 20 * time.Hour, 25 * time.Hour, report.TooShort, 2 * day},
	} {
		l := report.Lateness{
			Revised: tt.revised, RevisedFinal: tt.proven, Watched: tt.watched,
			SinceDayEnd: report.Seconds(tt.latest / time.Second), FinalAfter: report.Seconds(tt.finality / time.Second),
			SetFinalAfter: 1,
		}
		l.Judge()
		if l.Verdict != tt.verdict || l.SetFinalAfter.Duration() != tt.advice {
			t.Errorf("%s: %s, set %s; want %s, set %s",
				tt.name, l.Verdict, l.SetFinalAfter.Duration(), tt.verdict, tt.advice)
		}
		// The advised finality would have been long enough for these changes.
		if tt.advice > 0 && tt.proven == 0 && tt.latest <= 2*tt.finality {
			l.FinalAfter = l.SetFinalAfter
			if l.Judge(); l.Verdict == report.TooShort {
				t.Errorf("%s: after the advice was followed, %s is too short again", tt.name, l.FinalAfter.Duration())
			}
		}
	}
}
