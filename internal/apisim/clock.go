package apisim

import "time"

// dataClock is the moment until which there are data: a fixed one, or Options.Now plus an offset.
type dataClock struct {
	fixed  time.Time // zero: it runs
	offset time.Duration
}

// Now returns the time of the data clock, in UTC.
func (s *Simulator) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nowLocked()
}

func (s *Simulator) nowLocked() time.Time {
	if !s.clock.fixed.IsZero() {
		return s.clock.fixed
	}
	return s.now().Add(s.clock.offset).UTC()
}

// SetNow stops the data clock at t. The zero time makes it follow Options.Now again.
func (s *Simulator) SetNow(t time.Time) { s.setClock(dataClock{fixed: t.UTC()}) }

// SetOffset makes the data clock run d ahead of Options.Now; a negative d, behind it.
func (s *Simulator) SetOffset(d time.Duration) { s.setClock(dataClock{offset: d}) }

func (s *Simulator) setClock(c dataClock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = c
}

// Advance moves the data clock forward by d, whether it is stopped or runs.
func (s *Simulator) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clock.fixed.IsZero() {
		s.clock.offset += d
		return
	}
	s.clock.fixed = s.clock.fixed.Add(d)
}

// serverTime is the time of the server's clock: the wall clock, shifted by clock_offset.
func (s *Simulator) serverTime(set Settings) time.Time {
	return s.wall().Add(time.Duration(set.ClockOffset)).UTC()
}
