package apisim

import "time"

// dataClock is the moment up to which things have happened: standing still, or Options.Now moved by an offset.
type dataClock struct {
	fixed  time.Time // zero: running
	offset time.Duration
}

// Now returns the data clock's moment.
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

// SetNow stops the data clock at a moment; the zero time lets it follow Options.Now again.
func (s *Simulator) SetNow(t time.Time) { s.setClock(dataClock{fixed: t.UTC()}) }

// SetOffset lets the data clock run, d ahead of Options.Now (behind it if negative).
func (s *Simulator) SetOffset(d time.Duration) { s.setClock(dataClock{offset: d}) }

func (s *Simulator) setClock(c dataClock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = c
}

// Advance moves the data clock on by d, whether it stands or runs.
func (s *Simulator) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clock.fixed.IsZero() {
		s.clock.offset += d
		return
	}
	s.clock.fixed = s.clock.fixed.Add(d)
}

// serverTime is what the API's own clock shows.
func (s *Simulator) serverTime(set Settings) time.Time {
	return s.wall().Add(time.Duration(set.ClockOffset)).UTC()
}
