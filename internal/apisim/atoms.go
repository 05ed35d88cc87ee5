package apisim

// This file is the model: how many bytes an hour has once all data have arrived. It computes with integers only, so
// that every platform gets the same numbers, and imports nothing, so that no new Go version changes one.

// regionShape holds the parameters of a region.
type regionShape struct {
	localHours int64                        // local time less UTC, in hours
	growth     int64                        // of traffic, in 1/10 000 of the base for each day since 2020
	weekend    uint64                       // traffic of a weekend day, per mille of a weekday's
	base       [gateways][directions]uint64 // bytes in an average hour of 2020
}

var shapes = [regions]regionShape{
	{8, 5, 860, [gateways][directions]uint64{{1_900_000_000, 8_700_000_000}, {620_000_000, 1_400_000_000}}},
	{9, 10, 800, [gateways][directions]uint64{{700_000_000, 2_900_000_000}, {240_000_000, 510_000_000}}},
	{1, 6, 590, [gateways][directions]uint64{{430_000_000, 1_700_000_000}, {150_000_000, 330_000_000}}},
	{-5, 7, 650, [gateways][directions]uint64{{380_000_000, 1_500_000_000}, {95_000_000, 210_000_000}}},
}

// rhythm is the traffic by local hour, per mille of the average: most in the evening (public), in working hours
// (private).
var rhythm = [gateways][24]uint64{
	{520, 380, 300, 260, 250, 290, 430, 680, 900, 1040, 1120, 1180,
		1220, 1150, 1100, 1120, 1160, 1230, 1350, 1520, 1610, 1560, 1260, 840},
	{310, 290, 280, 280, 300, 360, 520, 860, 1390, 1710, 1820, 1760,
		1480, 1640, 1800, 1780, 1650, 1370, 980, 720, 590, 500, 420, 360},
}

// Kinds of draws: draws of different kinds are independent for the same hour.
const (
	drawCell    = 1 // quiet, late, noise of an hour, region and gateway
	drawPrivate = 2 // hours without traffic on any private gateway
	drawWeekend = 3 // weekends without traffic on the private gateways of AM
	drawLate    = 4 // how many bytes arrive late, and when
	drawFrac    = 5 // fractions of a byte, for the setting fractional
	drawShuffle = 6 // the order of points under the fault shuffle
)

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw returns 64 pseudo-random bits that depend on its arguments alone.
func draw(seed uint64, kind, hour, cell int64) uint64 {
	return mix(seed ^ mix(uint64(hour)<<8|uint64(cell)<<4|uint64(kind)))
}

// cellKey numbers region and gateway.
func cellKey(region, gateway int) int64 { return int64(region*gateways + gateway) }

// final returns the uplink and downlink bytes of a UTC hour, counted in hours since 1970, after all data have
// arrived. x is the draw of the hour, region and gateway; the caller uses other bits of it.
func final(seed uint64, x uint64, hour int64, region, gateway int) (up, down uint64) {
	shape := &shapes[region]
	local := hour + shape.localHours
	localDay := floorDiv(local, 24)
	localHour := local - localDay*24
	weekday := (localDay%7 + 11) % 7 // 1970-01-01 was a Thursday; 0 is Sunday
	weekend := weekday == 0 || weekday == 6
	if quiet(seed, x, hour, region, gateway, localDay, localHour, weekend) {
		return 0, 0
	}
	pace := rhythm[gateway][localHour]
	if weekend {
		pace = pace * shape.weekend / 1000
	}
	grown := 10_000 + (floorDiv(hour, 24)-18_262)*shape.growth // 18 262 days from 1970 to 2020
	grown = min(max(grown, 2_500), 80_000)
	scale := pace * uint64(grown) / 10
	up = noisy(shape.base[gateway][0], scale, x>>16)
	down = noisy(shape.base[gateway][1], scale, x>>32)
	if x&0x7f == 1 { // in one hour of 128, one direction has no traffic
		if x>>7&1 == 0 {
			up = 0
		} else {
			down = 0
		}
	}
	return up, down
}

// noisy multiplies base by scale millionths and by 80 to 120 percent, drawn from 16 of bits. The result is no round
// number.
func noisy(base, scale, bits uint64) uint64 {
	bits &= 0xffff
	v := base / 1000 * scale / 1000
	v = v / 1000 * (800 + bits*400/65_536)
	return v + bits + 1
}

// quiet reports whether an hour has no traffic at all: single hours anywhere, some hours on all private gateways, and
// the nights and about every third weekend on the private gateways of AM. Such a weekend contains a whole Sunday in
// every zone, so that some daily buckets are empty too.
func quiet(seed, x uint64, hour int64, region, gateway int, localDay, localHour int64, weekend bool) bool {
	if x&0x7f == 0 {
		return true
	}
	if gateway == 0 {
		return false
	}
	if draw(seed, drawPrivate, hour, 0)&0x1ff == 0 {
		return true
	}
	if region != regions-1 {
		return false
	}
	// Count weeks from Mondays, to keep Saturday and Sunday together; 1969-12-29 was a Monday.
	return localHour < 6 || weekend && draw(seed, drawWeekend, floorDiv(localDay+3, 7), 0)%3 == 0
}
