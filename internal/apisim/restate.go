package apisim

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAtom bounds an atom, in bytes, so that no sum overflows 64 bits.
	maxAtom = 1 << 42
	// maxRestatements bounds the memory, and the time that an answer takes.
	maxRestatements = 10_000
)

// Ratio is a positive rational factor, written "11/10" or "2" in JSON.
type Ratio struct{ Num, Den uint64 }

// MarshalText writes "num/den".
func (r Ratio) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%d/%d", r.Num, r.Den), nil }

// UnmarshalText reads "num/den" or "num".
func (r *Ratio) UnmarshalText(text []byte) error {
	num, den, found := strings.Cut(string(text), "/")
	if !found {
		den = "1"
	}
	var err1, err2 error
	r.Num, err1 = strconv.ParseUint(num, 10, 32)
	r.Den, err2 = strconv.ParseUint(den, 10, 32)
	if err := errors.Join(err1, err2); err != nil || r.Den == 0 {
		return fmt.Errorf("factor %q: write num/den, such as 11/10", text)
	}
	return nil
}

// Restatement changes the bytes of some hours from the moment At on. Before At the old numbers hold, so that the
// truth as of an earlier moment is still what was answered then.
//
// Exactly one of Factor, Set, Remove and Restore is given. A restatement changes atoms: the bytes of each hour,
// region, gateway and direction by itself; all sums follow. Those for the same atom apply in the order of At, then of
// arrival.
type Restatement struct {
	Begin     time.Time `json:"begin"`               // it changes hours that start at Begin or later
	End       time.Time `json:"end"`                 // and before End
	Region    string    `json:"region,omitempty"`    // MC, AP, EU, AM; empty or ALL: each of them
	Gateway   string    `json:"gateway,omitempty"`   // public, private; empty: both
	Direction string    `json:"direction,omitempty"` // uplink, downlink; empty or total: both
	Factor    *Ratio    `json:"factor,omitempty"`    // multiply the bytes, and round down
	Set       *uint64   `json:"set,omitempty"`       // bytes of each atom, at most 2^42
	Remove    bool      `json:"remove,omitempty"`    // set the bytes to 0
	Restore   bool      `json:"restore,omitempty"`   // undo all earlier restatements
	At        time.Time `json:"at,omitzero"`         // when it takes effect; zero: the data clock's now
}

// restatement is a valid Restatement in the terms of the model.
type restatement struct {
	order              Restatement // as given
	firstHour, endHour int64
	region, gateway    int // -1: all
	direction          int // -1: both
	at                 time.Time
}

// Restate adds a restatement. The error says what to write instead.
func (s *Simulator) Restate(r Restatement) error {
	checked, err := checkRestatement(r)
	if err != nil {
		return err
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.restated) >= maxRestatements {
		return fmt.Errorf("there are %d restatements already: clear them first", maxRestatements)
	}
	if checked.at.IsZero() {
		checked.at, checked.order.At = now, now
	}
	at, _ := slices.BinarySearchFunc(s.restated, checked.at, func(o restatement, t time.Time) int {
		if o.at.After(t) {
			return 1
		}
		return -1 // equal moments keep the order of arrival
	})
	s.restated = slices.Insert(s.restated, at, checked)
	return nil
}

// Restatements returns all restatements, in the order in which they apply.
func (s *Simulator) Restatements() []Restatement {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Restatement, len(s.restated))
	for i, r := range s.restated {
		out[i] = r.order
	}
	return out
}

// ClearRestatements removes all restatements, also for moments in the past.
func (s *Simulator) ClearRestatements() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restated = nil
}

func checkRestatement(r Restatement) (restatement, error) {
	c := restatement{order: r, region: -1, gateway: -1, direction: -1, at: r.At}
	ways := 0
	for _, given := range []bool{r.Factor != nil, r.Set != nil, r.Remove, r.Restore} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return c, errors.New("a restatement has exactly one of factor, set, remove and restore")
	}
	if r.Begin.IsZero() || !r.End.After(r.Begin) {
		return c, errors.New("a restatement needs begin and a later end")
	}
	if r.Set != nil && *r.Set > maxAtom {
		return c, fmt.Errorf("set %d: at most %d bytes an hour", *r.Set, uint64(maxAtom))
	}
	if r.Factor != nil && (r.Factor.Den == 0 || r.Factor.Num>>32 != 0 || r.Factor.Den>>32 != 0) {
		return c, errors.New("factor: the denominator is not 0, and both fit 32 bits")
	}
	var err error
	if r.Region != "" {
		if c.region, err = position("region", r.Region, regionWords); err != nil {
			return c, err
		}
		c.region-- // ALL becomes -1
	}
	if r.Gateway != "" {
		if c.gateway, err = position("gateway", r.Gateway, gatewayWords); err != nil {
			return c, err
		}
	}
	if r.Direction != "" {
		if c.direction, err = position("direction", r.Direction, trafficWords); err != nil {
			return c, err
		}
		if c.direction == trafficTotal {
			c.direction = -1
		}
	}
	c.firstHour = floorDiv(r.Begin.Unix()+hourSeconds-1, hourSeconds)
	c.endHour = floorDiv(r.End.Unix()+hourSeconds-1, hourSeconds)
	return c, nil
}

// restate applies the restatements to one atom.
func (v *view) restate(bytes uint64, hour int64, region, gateway, direction int) uint64 {
	natural := bytes
	for i := range v.restated {
		r := &v.restated[i]
		if hour < r.firstHour || hour >= r.endHour || r.region >= 0 && r.region != region ||
			r.gateway >= 0 && r.gateway != gateway || r.direction >= 0 && r.direction != direction {
			continue
		}
		switch {
		case r.order.Remove:
			bytes = 0
		case r.order.Restore:
			bytes = natural
		case r.order.Set != nil:
			bytes = *r.order.Set
		default:
			hi, lo := bits.Mul64(bytes, r.order.Factor.Num)
			if hi >= r.order.Factor.Den {
				bytes = maxAtom
				break
			}
			bytes, _ = bits.Div64(hi, lo, r.order.Factor.Den)
			bytes = min(bytes, maxAtom)
		}
	}
	return bytes
}
