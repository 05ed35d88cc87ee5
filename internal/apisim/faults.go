package apisim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kinds of faults that replace the answer.
const (
	FaultError        = "error"         // an error envelope with Code and Message
	FaultHTML502      = "html502"       // HTTP 502 with HTML
	FaultReset        = "reset"         // the connection is reset before the answer
	FaultResetBody    = "reset_body"    // half of the body, then the connection is closed
	FaultTruncate     = "truncate"      // HTTP is well-formed, the JSON ends in the middle
	FaultGarbage      = "garbage"       // HTTP 200 that is no JSON
	FaultEmptyObject  = "empty_object"  // {}
	FaultNullResponse = "null_response" // {"Response":null}
	FaultHang         = "hang"          // no answer until the client leaves
	FaultSlow         = "slow"          // the right answer, after Latency
)

// Kinds of faults that change an answer's points; if a single one, then the middle one. Answers that a fault cannot
// change do not count for it.
const (
	FaultShuffle        = "shuffle"         // out of order
	FaultDuplicateSame  = "duplicate_same"  // a point twice
	FaultDuplicateOther = "duplicate_other" // a point twice, with another value
	FaultBeforeWindow   = "before_window"   // one more point, in the bucket before the window
	FaultAfterWindow    = "after_window"    // one more point, in the bucket after the window
	FaultFarOutside     = "far_outside"     // one more point, ten buckets beyond the window
	FaultTimeNotNumber  = "time_not_number"
	FaultNegative       = "negative"
	FaultCurrent1e30    = "current_1e30"
	FaultCurrentString  = "current_string" // the right number, as a JSON string
	FaultDropOne        = "drop_one"
	FaultDropFifth      = "drop_fifth" // every fifth point, at least one
	FaultEmpty          = "empty"      // no points, although there are data
	FaultOffBucket      = "off_bucket" // Time lies inside its bucket, not at its start
)

var (
	replacingKinds = []string{FaultError, FaultHTML502, FaultReset, FaultResetBody, FaultTruncate,
		FaultGarbage, FaultEmptyObject, FaultNullResponse, FaultHang, FaultSlow}
	addingKinds = []string{FaultBeforeWindow, FaultAfterWindow, FaultFarOutside}
	pointKinds  = []string{FaultShuffle, FaultDuplicateSame, FaultDuplicateOther, FaultTimeNotNumber,
		FaultNegative, FaultCurrent1e30, FaultCurrentString, FaultDropOne, FaultDropFifth, FaultEmpty, FaultOffBucket}
)

// maxFaults bounds the memory and the time that matching takes.
const maxFaults = 1000

// Match selects the requests for a fault. An empty field matches all.
type Match struct {
	Action      string    `json:"action,omitempty"` // empty: GetFlowStatisticByRegion. AssumeRole has only SecretID
	SecretID    string    `json:"secret_id,omitempty"`
	Granularity string    `json:"granularity,omitempty"`
	Region      string    `json:"region,omitempty"`
	Gateway     string    `json:"gateway,omitempty"`
	Traffic     string    `json:"traffic,omitempty"`
	Contains    time.Time `json:"contains,omitzero"` // BeginTime <= Contains <= EndTime
}

// Fault is a rule that spoils answers. For each request the first rule acts that matches it, is not used up and has
// skipped After matching requests. Rules apply only to requests that are well-formed, signed and not throttled.
type Fault struct {
	Kind       string   `json:"kind,omitempty"`        // empty: error
	Code       string   `json:"code,omitempty"`        // of the kind error
	Message    string   `json:"message,omitempty"`     // of the kind error
	RequestID  string   `json:"request_id,omitempty"`  // of the answer or error; empty: a random one
	HTTPStatus int      `json:"http_status,omitempty"` // of a replaced answer; 0: 200, or 502 for html502
	Latency    Duration `json:"latency,omitempty"`     // added to the setting
	After      int      `json:"after,omitempty"`       // how many matching requests to skip first
	Count      int      `json:"count,omitempty"`       // how often it acts; 0: for ever
	// Consistent: the totals are of the points returned. If it is false, they are of the right points. nil: true.
	Consistent *bool `json:"consistent,omitempty"`
	Match      Match `json:"match,omitzero"`
}

// FaultState is a rule with its counts.
type FaultState struct {
	Fault
	Passed    int `json:"passed"`    // matching requests skipped because of After
	Fired     int `json:"fired"`     // how often it has acted
	Remaining int `json:"remaining"` // how often it will still act; -1: for ever
}

// faultRule is a rule with its counters, which Simulator.mu guards.
type faultRule struct {
	Fault
	passed, fired int
}

func (f Fault) consistent() bool { return f.Consistent == nil || *f.Consistent }

func (f Fault) check() error {
	known := slices.Concat(replacingKinds, addingKinds, pointKinds)
	if _, err := position("kind", f.Kind, known); err != nil {
		return err
	}
	if f.Kind == FaultError && f.Code == "" {
		return errors.New("a fault of the kind error needs a code")
	}
	if f.After < 0 || f.Count < 0 || f.Latency < 0 {
		return errors.New("after, count and latency are not negative")
	}
	if f.HTTPStatus != 0 && (f.HTTPStatus < 200 || f.HTTPStatus > 599) {
		return fmt.Errorf("http_status %d: write 200 to 599", f.HTTPStatus)
	}
	if _, known := actions[f.Match.Action]; f.Match.Action != "" && !known {
		return fmt.Errorf("unknown action %q: write %s or %s", f.Match.Action, actionFlow, actionRole)
	}
	m := f.Match
	_, err := Query{Granularity: m.Granularity, Region: m.Region, Gateway: m.Gateway, Traffic: m.Traffic}.series()
	return err
}

// AddFaults appends rules: all of them, or none and an error.
func (s *Simulator) AddFaults(rules ...Fault) error {
	fresh := make([]*faultRule, 0, len(rules))
	for i, f := range rules {
		if f.Kind == "" {
			f.Kind = FaultError
		}
		if err := f.check(); err != nil {
			return fmt.Errorf("fault %d: %w", i, err)
		}
		fresh = append(fresh, &faultRule{Fault: f})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults)+len(fresh) > maxFaults {
		return fmt.Errorf("more than %d faults: clear them first", maxFaults)
	}
	s.faults = append(s.faults, fresh...)
	return nil
}

// ClearFaults removes all rules.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Faults returns the rules with their counts.
func (s *Simulator) Faults() []FaultState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]FaultState, 0, len(s.faults))
	for _, r := range s.faults {
		state := FaultState{Fault: r.Fault, Passed: r.passed, Fired: r.fired, Remaining: -1}
		if r.Count > 0 {
			state.Remaining = r.Count - r.fired
		}
		out = append(out, state)
	}
	return out
}

// strike returns the rule that acts on a request, if there is one. answered says whether the answer is no error, and
// points how many points it has.
func (s *Simulator) strike(c *call, q request, answered bool, points int) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.faults {
		if r.Count > 0 && r.fired >= r.Count || !r.Match.matches(c.log, q) || !r.able(answered, points) {
			continue
		}
		if r.passed < r.After {
			r.passed++
			continue
		}
		r.fired++
		return r.Fault, true
	}
	return Fault{}, false
}

// able reports whether a rule can change an answer.
func (f Fault) able(answered bool, points int) bool {
	switch {
	case slices.Contains(replacingKinds, f.Kind):
		return true
	case slices.Contains(addingKinds, f.Kind):
		return answered
	case f.Kind == FaultShuffle:
		return answered && points > 1
	}
	return answered && points > 0
}

func (m Match) matches(r Request, q request) bool {
	granularity, region, gateway, traffic := q.words()
	for _, pair := range [][2]string{
		{cmp.Or(m.Action, actionFlow), r.Action}, {m.SecretID, r.SecretID}, {m.Granularity, granularity},
		{m.Region, region}, {m.Gateway, gateway}, {m.Traffic, traffic},
	} {
		if pair[0] != "" && pair[0] != pair[1] {
			return false
		}
	}
	return m.Contains.IsZero() || q.begin <= m.Contains.Unix() && m.Contains.Unix() <= q.end
}
