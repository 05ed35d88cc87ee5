package apisim

// The model: how many bytes an hour carries once all of them have arrived. Integers only, so that every platform
// computes the same; no package outside, so that no new Go version changes a number.

// regionShape is what tells one region from another.
type regionShape struct {
	localHours int64                        // offset of its people's clock from UTC
	growth     int64                        // per 10 000 and day since 2020
	weekend    uint64                       // per mille of a weekday
	base       [gateways][directions]uint64 // bytes in an average hour of 2020
}

var shapes = [regions]regionShape{
	{8, 5, 860, [gateways][directions]uint64{{1_900_000_000, 8_700_000_000}, {620_000_000, 1_400_000_000}}},
	{9, 10, 800, [gateways][directions]uint64{{700_000_000, 2_900_000_000}, {240_000_000, 510_000_000}}},
	{1, 6, 590, [gateways][directions]uint64{{430_000_000, 1_700_000_000}, {150_000_000, 330_000_000}}},
	{-5, 7, 650, [gateways][directions]uint64{{380_000_000, 1_500_000_000}, {95_000_000, 210_000_000}}},
}

// rhythm is a day by local hour, per mille of the average: people in the evening, machines in working hours.
var rhythm = [gateways][24]uint64{
	{520, 380, 300, 260, 250, 290, 430, 680, 900, 1040, 1120, 1180, 1220, 1150, 1100, 1120, 1160, 1230, 1350, 1520, 1610, 1560, 1260, 840},
	{310, 290, 280, 280, 300, 360, 520, 860, 1390, 1710, 1820, 1760, 1480, 1640, 1800, 1780, 1650, 1370, 980, 720, 590, 500, 420, 360},
}

// Kinds of draws, so that one hour's accidents are independent of each other.
const (
	drawCell    = 1 // quiet, late, noise of an hour, region and gateway
	drawPrivate = 2 // hours in which all private gateways rest
	drawWeekend = 3 // weekends on which the private gateways of AM rest
	drawLate    = 4 // how much comes late, and when
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

// draw gives 64 bits that depend on nothing but its arguments.
func draw(seed uint64, kind, hour, cell int64) uint64 {
	return mix(seed ^ mix(uint64(hour)<<8|uint64(cell)<<4|uint64(kind)))
}

// cellKey numbers region and gateway.
func cellKey(region, gateway int) int64 { return int64(region*gateways + gateway) }

// final returns the uplink and downlink bytes of a UTC hour, counted from 1970, after everything has arrived. The draw x is the
// cell's own; the caller needs its other bits.
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
	if x&0x7f == 1 { // now and then one direction alone is silent
		if x>>7&1 == 0 {
			up = 0
		} else {
			down = 0
		}
	}
	return up, down
}

// noisy scales a base by scale millionths and by 16 random bits that make 80 to 120 percent, and leaves no round number.
func noisy(base, scale, bits uint64) uint64 {
	bits &= 0xffff
	v := base / 1000 * scale / 1000
	v = v / 1000 * (800 + bits*400/65_536)
	return v + bits + 1
}

// quiet tells the hours without any traffic: single ones anywhere, hours in which all private gateways rest, and the nights and
// some weekends of the private gateways in AM. Such a weekend covers a whole Sunday in every zone, so that daily buckets are
// left out too.
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
	// Weeks counted from Mondays (1969-12-29 was one) keep Saturday and Sunday together.
	return localHour < 6 || weekend && draw(seed, drawWeekend, floorDiv(localDay+3, 7), 0)%3 == 0
}
