package apisim

import "time"

// view is the model as of one moment. It is immutable, so that computing an answer needs no lock.
type view struct {
	seed      uint64
	asOf      int64 // whole minutes since 1970: traffic grows by the minute
	lag       int64 // minutes
	growth    int64 // minutes
	dayOffset int64 // the zone in which days begin, in seconds east of UTC
	restated  []restatement
}

// view returns the model as of a moment, with the restatements that hold by then. Traffic counts by the minute, but a
// restatement holds from its exact moment on, so that one made now shows in the next answer.
func (s *Simulator) view(set Settings, asOf time.Time) *view {
	v := &view{
		seed:      s.seed,
		asOf:      floorDiv(asOf.Unix(), 60),
		lag:       set.DataLag.minutes(),
		growth:    set.Growth.minutes(),
		dayOffset: set.DayOffset.seconds(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.restated {
		if !r.at.After(asOf) {
			v.restated = append(v.restated, r)
		}
	}
	return v
}

// narrowed returns the view with only those restatements that concern [from, to), in epoch seconds.
func (v *view) narrowed(from, to int64) *view {
	if len(v.restated) == 0 {
		return v
	}
	n := *v
	n.restated = nil
	first, last := floorDiv(from, hourSeconds), floorDiv(to-1, hourSeconds)
	for _, r := range v.restated {
		if r.firstHour <= last && first < r.endHour {
			n.restated = append(n.restated, r)
		}
	}
	return &n
}

// cell returns the bytes of an hour, region and gateway, in both directions, as of the view's moment.
func (v *view) cell(hour int64, region, gateway int) (up, down uint64) {
	elapsed := v.asOf - v.lag - hour*60
	if elapsed <= 0 {
		return 0, 0
	}
	x := draw(v.seed, drawCell, hour, cellKey(region, gateway))
	up, down = final(v.seed, x, hour, region, gateway)
	up, down = v.arrived(x, up, hour, elapsed, region, gateway), v.arrived(x, down, hour, elapsed, region, gateway)
	if len(v.restated) != 0 {
		up, down = v.restate(up, hour, region, gateway, 0), v.restate(down, hour, region, gateway, 1)
	}
	return up, down
}

// arrived returns how many of an atom's bytes have arrived. They arrive evenly during the hour, lag minutes late. In
// one cell of eight, 1 to 10 percent arrive later, in one or two steps, at most growth after the hour's end.
func (v *view) arrived(x, bytes uint64, hour, elapsed int64, region, gateway int) uint64 {
	sinceEnd := v.asOf - hour*60 - 60
	late := x>>8&7 == 0 && v.growth > v.lag
	if !late || sinceEnd >= v.growth {
		return part(bytes, min(elapsed, 60))
	}
	y := draw(v.seed, drawLate, hour, cellKey(region, gateway))
	kept := bytes * (10 + y&0xffff*91/65_536) / 1000
	got := part(bytes-kept, min(elapsed, 60))
	// Both steps come after all other bytes of the hour.
	span := uint64(v.growth - v.lag)
	one, two := v.lag+1+int64(y>>16&0xffff*span/65_536), v.lag+1+int64(y>>32&0xffff*span/65_536)
	if y>>48&1 == 0 {
		two = one
	}
	if sinceEnd >= one {
		got += kept / 2
	}
	if sinceEnd >= two {
		got += kept - kept/2
	}
	return got
}

// part returns the bytes of the first minutes of an hour. The bytes from minute a to b are part(b) - part(a), so that
// the pieces of an hour add up exactly.
func part(bytes uint64, minutes int64) uint64 {
	if minutes >= 60 {
		return bytes
	}
	return bytes * uint64(minutes) / 60
}

// hour sums the atoms of a series in the minutes [from, to) of a UTC hour.
func (v *view) hour(s series, hour, from, to int64) (sum uint64) {
	first, last := 0, regions
	if s.region != regionAll {
		first, last = s.region-1, s.region
	}
	for region := first; region < last; region++ {
		up, down := v.cell(hour, region, s.gateway)
		if s.traffic != 1 {
			sum += part(up, to) - part(up, from)
		}
		if s.traffic != 0 {
			sum += part(down, to) - part(down, from)
		}
	}
	return sum
}

// bucket sums the bucket that begins at an epoch second. A bucket that has not begun yet has 0 bytes.
func (v *view) bucket(s series, begin int64) (sum uint64) {
	if begin >= (v.asOf-v.lag)*60 {
		return 0
	}
	if s.granularity == hourly {
		return v.hour(s, floorDiv(begin, hourSeconds), 0, 60)
	}
	hour := floorDiv(begin, hourSeconds)
	into := floorDiv(begin, 60) - hour*60 // not 0 in a zone off the full hour: two days share their first and last hour
	if into != 0 {
		sum = v.hour(s, hour, into, 60) + v.hour(s, hour+24, 0, into)
		hour++
	}
	for end := floorDiv(begin, hourSeconds) + 24; hour < end; hour++ {
		sum += v.hour(s, hour, 0, 60)
	}
	return sum
}

// floor returns the start of the bucket that contains an epoch second.
func (v *view) floor(s series, second int64) int64 {
	if s.granularity == hourly {
		return floorDiv(second, hourSeconds) * hourSeconds
	}
	return floorDiv(second+v.dayOffset, daySeconds)*daySeconds - v.dayOffset
}

// ceil returns the start of the first bucket that begins at or after an epoch second.
func (v *view) ceil(s series, second int64) int64 { return v.floor(s, second+s.bucketSeconds()-1) }

// now is the view's moment in epoch seconds. There are no data after it.
func (v *view) now() int64 { return v.asOf * 60 }
