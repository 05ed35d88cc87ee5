package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// simulated is a world while it is played. Its clock runs as fast as the machine's, since the warehouse's does, and
// jumps from event to event. Its dates are the seed's, lest a world be another one tomorrow.
type simulated struct {
	drawn
	t      *testing.T
	db     chtest.DB
	ways   []*proxy
	path   string          // of its own server
	server *chlocal.Server // of its own; nil: the one of all tests
	conn   driver.Conn
	sims   []*apisim.Simulator // of the accounts
	setup  setup

	mu            sync.Mutex
	shift, offset time.Duration // of the world's end from the present; of the clock from the world's end
	asked         []*asked
	faults        []string
	programs      []*process
	story         []string
	// What verify has a right to tell of.
	wasAhead, forcedDied bool
	// Where the backfills begin that died; no later run asks for what is older than the start.
	diedFrom time.Time
	last     *books // as the last event left them
}

// play lets a world happen and returns what is wrong with it.
func play(t *testing.T, w drawn) (faults, story []string) {
	t.Helper()
	s := &simulated{drawn: w, t: t, setup: w.from}
	defer s.forget()
	if w.own {
		s.path = t.TempDir()
		s.server = s.start()
		s.db = chtest.On(s.server, "mnaflow")
	} else {
		s.db = chtest.Open(t)
	}
	if len(w.profile) > 0 {
		s.tell("the profile of who loads: %v", w.profile)
	}
	s.shift = time.Until(w.end)
	s.offset = -w.span - calm
	for i, a := range w.accounts {
		sim := apisim.New(apisim.Options{
			SecretID: apisim.DefaultID, SecretKey: apisim.DefaultSecret,
			Seed: w.seed*2 + uint64(i), Settings: a.settings, Now: s.now,
		})
		s.sims = append(s.sims, sim)
	}
	s.zone(w.from.zone)
	if got := s.program(command{args: []string{"migrate"}}).run(nil); got.code != 0 {
		t.Fatalf("migrate: %s", got)
	}
	s.conn = s.db.Conn(t)
	at := time.Duration(0)
	for i, e := range w.events {
		if e.after > 0 {
			at += e.after
			s.jump(-w.span - calm + at)
		}
		s.tell("%d. %s", i, e)
		s.happen(e)
		if len(s.faults) > 0 {
			return s.faults, s.story
		}
	}
	s.end()
	return s.faults, s.story
}

// forget lets go of what was read of the warehouse. The testing package keeps what a test cleans up, and with it the
// world, until all worlds have been played: 200 would take 20 GB.
func (s *simulated) forget() {
	s.mind(func() { s.asked, s.programs, s.last = nil, nil, nil })
}

func (s *simulated) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.shift + s.offset).UTC()
}

// jump sets the clock so far from the world's end; it never goes back.
func (s *simulated) jump(offset time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset = max(s.offset, min(offset, 0))
}

func (s *simulated) mind(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *simulated) fault(format string, args ...any) {
	s.mind(func() {
		if len(s.faults) < 10 {
			s.faults = append(s.faults, fmt.Sprintf(format, args...))
		}
	})
}

func (s *simulated) tell(format string, args ...any) {
	s.story = append(s.story, fmt.Sprintf("%s %s", s.now().Format("2006-01-02 15:04"), fmt.Sprintf(format, args...)))
}

// zone moves the accounts, and the API's days with them.
func (s *simulated) zone(name string) {
	zone, err := time.LoadLocation(name)
	if err != nil {
		s.t.Fatal(err)
	}
	_, offset := s.now().In(zone).Zone()
	for _, sim := range s.sims {
		set := sim.Settings()
		set.DayOffset = apisim.Duration(offset) * apisim.Duration(time.Second)
		if err := sim.Configure(set); err != nil {
			s.t.Fatal(err)
		}
	}
}

// happen lets one event happen, and looks at what it has left.
func (s *simulated) happen(e event) {
	switch e.kind {
	case passes:
		s.pass(e.pass)
	case beside:
		s.beside(e)
	case restate:
		s.restate(e)
	case faulty:
		f := e.fault
		if e.days != [2]int{} {
			old := time.Duration(e.days[0])*24*time.Hour + time.Duration(e.days[1])*time.Hour
			f.Match.Contains = s.now().Add(-old).Truncate(time.Hour)
			f.Count = 0
		}
		if err := s.sims[e.on].AddFaults(f); err != nil {
			s.t.Fatal(err)
		}
	case healed:
		s.heal()
	case configure:
		s.setup = e.setup
		s.zone(s.setup.zone)
	}
}

func (s *simulated) restate(e event) {
	r := e.what
	r.At = s.now()
	r.Begin = r.At.Add(-time.Duration(e.days[0])*24*time.Hour - 2*time.Hour).Truncate(time.Hour)
	r.End = r.Begin.Add(time.Duration(e.days[1]) * time.Hour)
	if err := s.sims[e.on].Restate(r); err != nil {
		s.t.Fatal(err)
	}
}

func (s *simulated) heal() {
	for _, sim := range s.sims {
		sim.ClearFaults()
	}
}

// pass runs one command, alone.
func (s *simulated) pass(c command) *process {
	if c.ahead > 0 {
		s.ahead(c.ahead)
	}
	p := s.program(c)
	got := p.run(func(point string) { s.once(point) })
	if c.ahead > 0 {
		s.exec("ALTER TABLE ledger DELETE WHERE account = 'clock' SETTINGS mutations_sync = 2")
	}
	s.ended(p, got)
	s.check()
	return p
}

// ended notes how a command ended.
func (s *simulated) ended(p *process, got result) {
	s.programs = append(s.programs, p)
	died := p.dead.Load()
	s.forcedDied = s.forcedDied || died && p.forced
	if from := p.within[0]; died && !from.IsZero() && (s.diedFrom.IsZero() || from.Before(s.diedFrom)) {
		s.diedFrom = from
	}
	if died { // it has been silent for long when the next event comes
		s.exec("INSERT INTO run_states SELECT * REPLACE (beat_at - toIntervalMinute(20) AS beat_at, " +
			"written_at + toIntervalMicrosecond(1) AS written_at) " +
			"FROM run_states FINAL WHERE state = 'running'")
	}
	s.tell("   %s: exit %d, died %t, %d requests, %s",
		p.command, got.code, died, len(p.sent), time.Since(p.began).Round(time.Millisecond))
	if !died && got.code != 0 && got.code != 3 {
		s.fault("%s: %s", p.command, got)
	}
}

// beside runs other commands while the first one stays at its point.
func (s *simulated) beside(e event) {
	first := s.program(e.pass)
	first.shared = true
	there, on, ended := make(chan struct{}), make(chan struct{}), make(chan result, 1)
	go func() {
		ended <- first.run(func(string) { close(there); <-on })
	}()
	var got result
	over := false
	select {
	case <-there:
	case got = <-ended:
		over = true
	}
	for _, m := range e.others {
		if m.restated != nil {
			s.restate(*m.restated)
		}
		p := s.program(m.pass)
		p.shared, p.unseen = true, true
		s.ended(p, p.run(func(point string) { s.once(point) }))
	}
	close(on)
	if !over {
		got = <-ended
	}
	s.ended(first, got)
	s.check()
}

// check looks at what is stored, between two events.
func (s *simulated) check() {
	b := s.books()
	s.last = b
	s.believed(b)
	s.current(b)
	s.vouched(b)
	s.revisions(b)
	s.refusedAlone(b)
	s.read("SELECT toString(run_id), state FROM runs WHERE state = 'running'", func(scan func(...any) error) error {
		var id, state string
		err := scan(&id, &state)
		s.fault("run %s is %s, and no program runs", id, state)
		return err
	})
	for _, p := range s.programs {
		s.lacking(p, b)
		s.reasons(p)
		s.paced(p)
	}
	s.programs = nil
}

// once wants every key once in every view.
func (s *simulated) once(when string) {
	var counts []string
	for view, keys := range map[string]string{
		"flow_hourly":         "account, access_region, gateway_type, traffic_type, hour",
		"flow_daily":          "account, access_region, gateway_type, traffic_type, day",
		"usage_hourly":        "account, access_region, gateway_type, hour",
		"usage_daily":         "account, access_region, gateway_type, day",
		"usage_hourly_filled": "account, access_region, gateway_type, hour",
		"runs":                "run_id",
	} {
		counts = append(counts, "SELECT '"+view+"' AS view, toUInt64(count() - uniqExact("+keys+")) AS twice FROM "+view)
	}
	s.read("SELECT * FROM ("+strings.Join(counts, " UNION ALL ")+") WHERE twice > 0", func(scan func(...any) error) error {
		var view string
		var n uint64
		err := scan(&view, &n)
		s.fault("%s: %d keys are twice in %s", when, n, view)
		return err
	})
}
