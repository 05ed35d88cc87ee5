package load_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// traveller is an account that moves between zones and asks for days in each, with the answers.
type traveller struct {
	series flow.Series
	zone   *time.Location
	told   map[flow.Window][]int64       // the answers for each day, of whatever zone, in the order of the requests
	asked  map[string]map[time.Time]bool // by zone, the days that its ledger covers
	story  []string
}

func (tr *traveller) calendar() flow.Calendar { return flow.NewCalendar(flow.Daily, tr.zone) }

// wants is what flow_daily shows of the days that the ledger covers in the zone, and the changes of each.
func (tr *traveller) wants() (days, revisions []string) {
	c := tr.calendar()
	for begin := range tr.asked[tr.zone.String()] {
		told := tr.told[flow.Window{Begin: begin, End: c.Next(begin)}]
		date := c.Day(begin).Format(time.DateOnly)
		if last := told[len(told)-1]; last != absent {
			days = append(days, fmt.Sprintf("%s %d", date, last))
		}
		for i := 1; i < len(told); i++ {
			if told[i] != told[i-1] {
				revisions = append(revisions, fmt.Sprintf("%s %d → %d", date, told[i-1], told[i]))
			}
		}
	}
	slices.Sort(days)
	slices.Sort(revisions)
	return days, revisions
}

// Wherever an account has been, what its ledger covers in its zone is shown with the newest answer for the same day in
// any zone, and nothing else of these days; what changed between two answers for the same day is a revision, and
// nothing else is.
func TestTravels(t *testing.T) {
	w, db := open(t)
	r := rand.New(rand.NewPCG(3, 3))
	// Around the last Sunday of March: Paris has Berlin's days, those of one hour east are the same until the clock
	// changes, and those of two hours east from then on.
	names := []string{"Europe/Berlin", "Europe/Paris", "Etc/GMT-1", "Etc/GMT-2"}
	travellers := make([]*traveller, 8)
	for i := range travellers {
		travellers[i] = &traveller{
			series: named(fmt.Sprintf("t%02d", i), flow.Daily, flow.Total),
			told:   map[flow.Window][]int64{}, asked: map[string]map[time.Time]bool{},
		}
	}
	now, version := at("2026-05-01"), uint64(0)
	for step := range 10 {
		var settings []flow.Setting
		for _, tr := range travellers {
			tr.zone = zone(t, names[r.IntN(len(names))])
			tr.story = append(tr.story, "in "+tr.zone.String())
			settings = append(settings, setting(tr.series, tr.calendar().DateStart(at("2026-03-20")), tr.zone, time.Hour))
		}
		now = now.Add(time.Hour)
		must(t, w.Configure(t.Context(), settings, now))
		shown := table(t, db, "SELECT concat(account, ' ', toString(day), ' ', toString(bytes)) FROM flow_daily")
		revised := table(t, db, `SELECT concat(account, ' ', toString(day), ' ', toString(ifNull(toInt64(old_bytes), -1)),
    ' → ', toString(ifNull(toInt64(new_bytes), -1))) FROM flow_revisions`)
		for _, tr := range travellers {
			days, revisions := tr.wants()
			if diff := cmp.Diff(days, tr.ours(shown)); diff != "" {
				t.Fatalf("step %d, flow_daily of %s: %s%s", step, tr.series.Account, diff, strings.Join(tr.story, "\n"))
			}
			if diff := cmp.Diff(revisions, tr.ours(revised)); diff != "" {
				t.Fatalf("step %d, revisions of %s: %s%s", step, tr.series.Account, diff, strings.Join(tr.story, "\n"))
			}
		}
		var batch []flow.Attempt
		for _, tr := range travellers {
			if r.IntN(4) == 0 {
				continue
			}
			version++
			batch = append(batch, tr.ask(r, version, now.Add(time.Minute)))
		}
		write(t, w, newRun(), batch...)
	}
}

// ours are the rows of the traveller's days that its ledger covers, without the account.
func (tr *traveller) ours(rows []string) []string {
	var out []string
	for _, row := range rows {
		rest, ok := strings.CutPrefix(row, tr.series.Account+" ")
		if ok && tr.asked[tr.zone.String()][tr.calendar().DateStart(at(rest[:10]))] {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	return out
}

// ask gets one to three days, mostly the same values again.
func (tr *traveller) ask(r *rand.Rand, version uint64, sent time.Time) flow.Attempt {
	c := tr.calendar()
	begin := c.DateStart(at("2026-03-27").AddDate(0, 0, r.IntN(3)))
	values := make([]int64, 1+r.IntN(3))
	covered := tr.asked[tr.zone.String()]
	if covered == nil {
		covered = map[time.Time]bool{}
		tr.asked[tr.zone.String()] = covered
	}
	for i := range values {
		values[i] = 7
		if r.IntN(3) == 0 {
			values[i] = int64(r.IntN(5)) - 1
		}
		day := c.Skip(begin, i)
		covered[day] = true
		w := flow.Window{Begin: day, End: c.Next(day)}
		tr.told[w] = append(tr.told[w], values[i])
	}
	tr.story = append(tr.story, fmt.Sprintf("  v%d from %s: %d", version, c.Day(begin).Format(time.DateOnly), values))
	return answer(tr.series, c, begin, version, sent, r.IntN(2) == 0, values...)
}
