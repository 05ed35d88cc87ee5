package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/audit"
)

// calm is how long the world goes on when its faults have ended.
const calm = 4 * 24 * time.Hour

// end lets the faults end, and wants that a few passes make everything good.
func (s *simulated) end() {
	s.heal()
	s.tell("the faults end")
	for _, left := range []time.Duration{calm - time.Hour, 26 * time.Hour, 0} {
		s.jump(-left)
		got := s.calmly("run")
		if left == 0 && got.code == 3 && s.doubted() {
			got = s.calmly("backfill", "--force", "--accept-missing", "--from", s.setup.start)
		}
		if len(s.faults) > 0 {
			return
		}
		if left == 0 && got.code != 0 {
			s.fault("the last pass: %s", got)
		}
	}
	p := s.program(command{args: []string{"run"}})
	if got := p.run(nil); got.code != 0 || len(p.sent) > 0 {
		s.fault("a pass with nothing due sent %d requests: %s", len(p.sent), got)
	}
	s.once("at the end")
	s.complete()
	s.told([]string{"status"})
	if s.excused() {
		if s.lied() && !s.forever() {
			return // the API would have to say once more what it does not keep
		}
		s.repair()
	}
	s.told([]string{"verify"})
}

// calmly runs a command when the faults have ended.
func (s *simulated) calmly(args ...string) result {
	p := s.program(command{args: args})
	got := p.run(nil)
	s.ended(p, got)
	s.check()
	return got
}

// doubted says whether the API left out what it had reported while answers were doubted that lacked much. A part of a
// doubted window is not believed if it lacks anything at all, until an operator accepts it.
func (s *simulated) doubted() bool {
	lacking, removed := false, false
	for _, e := range s.events {
		lacking = lacking || e.kind == faulty && lacks(e.fault.Kind)
		removed = removed || e.kind == restate && (e.what.Remove || e.what.Factor != nil && e.what.Factor.Num == 0)
	}
	return lacking && removed
}

// told wants a command to find nothing.
func (s *simulated) told(args []string) {
	if got := s.program(command{args: args}).run(nil); got.code != 0 {
		s.fault("%s: %s", args, got)
	}
}

// excused says whether something happened of which verify rightly tells until an operator does what it advises: a
// program died that had asked for what is final, or is older than the start, so that nobody asks for it again; an
// answer agreed with itself and lied; a clock dated rows ahead.
func (s *simulated) excused() bool {
	return s.lied() || s.wasAhead || s.forcedDied || !s.diedFrom.IsZero()
}

// lied says whether an answer was accepted that left something out.
func (s *simulated) lied() bool {
	if !slices.ContainsFunc(s.events, func(e event) bool { return e.kind == faulty && lacks(e.fault.Kind) }) {
		return false
	}
	return slices.ContainsFunc(s.last.ledger, func(e entry) bool {
		if e.state != "accepted" || e.asked == nil || e.series.granularity == "daily" && e.zone != s.setup.zone {
			return false
		}
		for i, account := range s.accounts {
			if account.name != e.series.account {
				continue
			}
			for row := range s.sims[i].Truth(apisim.Query{
				Granularity: e.series.granularity, Region: e.series.region, Gateway: e.series.gateway, Traffic: e.series.traffic,
				Begin: time.Unix(e.begin, 0), End: time.Unix(e.end, 0), AsOf: e.asked.now,
			}) {
				if _, there := e.asked.points[row.Begin.Unix()]; !there {
					return true
				}
			}
		}
		return false
	})
}

// repair does what verify advises.
func (s *simulated) repair() {
	got := s.program(command{args: []string{"verify", "--output", "json"}}).run(nil)
	var found audit.Report
	if err := json.Unmarshal([]byte(got.stdout), &found); err != nil {
		s.fault("verify: %v: %s", err, got)
		return
	}
	for _, f := range found.Failed {
		for _, statement := range datingBack(f.Detail) {
			s.exec(statement)
		}
	}
	from := s.setup.start
	if died := s.diedFrom.UTC().Format(time.DateOnly); !s.diedFrom.IsZero() && died < from {
		from = died
	}
	p := s.program(command{args: []string{"backfill", "--force", "--from", from}})
	if got := p.run(nil); got.code != 0 {
		s.fault("repairing: %s", got)
	}
}

// complete wants every bucket that settled covered by an answer that is late enough, or refused.
func (s *simulated) complete() {
	b := s.books()
	observed := b.observations()
	zone, err := time.LoadLocation(s.setup.zone)
	if err != nil {
		s.t.Fatal(err)
	}
	start, err := time.ParseInLocation(time.DateOnly, s.setup.start, zone)
	if err != nil {
		s.t.Fatal(err)
	}
	now := s.now()
	refused := s.refused()
	for _, account := range s.setup.accounts {
		for i, granularity := range []string{"hourly", "daily"} {
			for _, region := range s.setup.regions {
				for _, gateway := range s.setup.gateways {
					for _, traffic := range s.setup.traffic {
						k := key5{account, granularity, region, gateway, traffic}
						for at := start.Unix() - start.Unix()%3600; ; at += k.step() {
							if k.granularity == "daily" && at < start.Unix() {
								at = start.Unix()
							}
							if end := time.Unix(at+k.step(), 0); end.Add(s.setup.settle[i] + time.Minute).After(now) {
								break
							}
							s.covered(place{k, at}, observed, refused, zone, i, now)
						}
					}
				}
			}
		}
	}
	// Behind the world's end the views see nothing but what is missing.
	settled := now.Add(-26*time.Hour - max(s.setup.settle[0], s.setup.settle[1]))
	s.read(fmt.Sprintf("SELECT concat("+
		"toString(tuple(account, granularity, access_region, traffic_type, gap_begin, gap_end)), ' ', reason) "+
		"FROM flow_gaps WHERE gap_begin < fromUnixTimestamp(%d) AND NOT startsWith(reason, 'unavailable') "+
		"AND (account, granularity, access_region, gateway_type, traffic_type) IN "+
		"(SELECT account, granularity, access_region, gateway_type, traffic_type "+
		"FROM flow_coverage WHERE configured)", settled.Unix()), func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		s.fault("flow_gaps: %s", text)
		return err
	})
}

// covered wants one bucket covered.
func (s *simulated) covered(
	p place, observed map[place][]*asked, refused map[key5]int64, zone *time.Location, i int, now time.Time,
) {
	list := observed[p]
	kept := s.keeps(p.key5)
	gone := kept > 0 && time.Unix(p.bucket, 0).Before(now.Add(-kept))
	if len(list) == 0 {
		if p.bucket >= refused[p.key5] || !gone && !s.poisoned(p.key5) {
			s.fault("%v is not covered; the API keeps it for %s", p, kept)
		}
		return
	}
	last := list[len(list)-1]
	y, m, d := time.Unix(p.bucket, 0).In(zone).Date()
	final := time.Date(y, m, d+1+s.setup.finality, 0, 0, 0, 0, zone)
	if fresh := now.Sub(last.machine) < s.setup.refresh[i]+15*time.Minute; !fresh && last.machine.Before(final) && !gone {
		s.fault("%v was asked for last by %v, before it was final, and never again", p, last)
	}
}
