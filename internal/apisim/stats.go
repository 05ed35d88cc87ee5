package apisim

import (
	"encoding/json"
	"maps"
	"time"
)

// journalSize is how many requests the journal holds.
const journalSize = 20_000

// outcomeOK is the outcome of an answer without error. Others are the API's error codes and "fault:<kind>".
const outcomeOK = "OK"

// Stats count requests to the API since the start or the last reset.
type Stats struct {
	Received             int            `json:"received"`    // all
	Actions              map[string]int `json:"actions"`     // received, by action, whatever the outcome
	Answered             int            `json:"answered"`    // without error, even if a fault changed the points
	Points               int            `json:"points"`      // in those answers
	Refused              int            `json:"refused"`     // throttled
	Errors               map[string]int `json:"errors"`      // by code, those of throttled requests included
	Faults               map[string]int `json:"faults"`      // by kind
	Granularity          map[string]int `json:"granularity"` // well-formed requests that were not throttled
	MaxReceivedPerSecond int            `json:"max_received_per_second"`
	MaxAcceptedPerSecond int            `json:"max_accepted_per_second"` // not throttled
	MaxInFlight          int            `json:"max_in_flight"`
}

// statistics are the Stats and the counters behind them.
type statistics struct {
	Stats
	second             int64
	received, accepted int // in that second
	inFlight           int
}

// tick resets the counters of a second when a new one begins.
func (t *statistics) tick(second int64) {
	if t.second != second {
		t.second, t.received, t.accepted = second, 0, 0
	}
}

func (t *statistics) receive(second int64) {
	t.tick(second)
	t.received++
	t.inFlight++
	t.Received++
	t.MaxReceivedPerSecond = max(t.MaxReceivedPerSecond, t.received)
	t.MaxInFlight = max(t.MaxInFlight, t.inFlight)
}

func (t *statistics) accept(second int64) {
	t.tick(second)
	t.accepted++
	t.MaxAcceptedPerSecond = max(t.MaxAcceptedPerSecond, t.accepted)
}

// Stats returns the counts.
func (s *Simulator) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats.Stats
	for _, counts := range []*map[string]int{&out.Actions, &out.Errors, &out.Faults, &out.Granularity} {
		*counts = maps.Clone(*counts)
	}
	return out
}

// ResetStats sets the counts to 0, except for requests under way, which stay in flight. It keeps the journal.
func (s *Simulator) ResetStats() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Stats = Stats{Actions: map[string]int{}, Errors: map[string]int{}, Faults: map[string]int{},
		Granularity: map[string]int{}}
	s.stats.received, s.stats.accepted = 0, 0
}

// Request is the journal's entry for one request to the API. The series and times of an invalid request are empty.
type Request struct {
	Wall        time.Time // the server's clock
	Now         time.Time // the data clock: the answer is the truth as of this moment
	SecretID    string
	RequestID   string
	Action      string // empty if the API has no such action
	Granularity string
	Region      string
	Gateway     string
	Traffic     string
	Begin, End  int64  // BeginTime and EndTime, epoch seconds
	Outcome     string // OK, the error's code, or fault:<kind>
	Points      int
}

// MarshalJSON names the series as the rows of the truth do.
func (r Request) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"wall": r.Wall, "now": r.Now, "secret_id": r.SecretID, "request_id": r.RequestID, "action": r.Action,
		"granularity": r.Granularity, "region": r.Region, "gateway_type": r.Gateway, "traffic_type": r.Traffic,
		"begin_time": r.Begin, "end_time": r.End, "outcome": r.Outcome, "points": r.Points,
	})
}

// journal is a ring buffer of the newest requests.
type journal struct {
	ring []Request
	next int // the oldest, once the ring is full
}

func (j *journal) add(r Request) {
	if len(j.ring) < journalSize {
		j.ring = append(j.ring, r)
		return
	}
	j.ring[j.next] = r
	j.next = (j.next + 1) % journalSize
}

// Requests returns the newest requests, at most last, in the order in which they were answered; last <= 0: all in the
// journal.
func (s *Simulator) Requests(last int) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := &s.journal
	out := append(append(make([]Request, 0, len(j.ring)), j.ring[j.next:]...), j.ring[:j.next]...)
	if last > 0 && last < len(out) {
		out = out[len(out)-last:]
	}
	return out
}
