package apisim

import "slices"

// mutate applies a fault to a copy of the right points, and returns the points and totals to send.
func (v *view) mutate(f Fault, right []point, q request, set Settings) ([]point, totals) {
	points := slices.Clone(right)
	middle := len(points) / 2
	length := q.bucketSeconds()
	switch f.Kind {
	case FaultShuffle:
		v.shuffle(points, q)
	case FaultDuplicateSame:
		points = slices.Insert(points, middle, points[middle])
	case FaultDuplicateOther:
		points = slices.Insert(points, middle, points[middle])
		points[middle].value.n += 1_000_003
	case FaultBeforeWindow:
		points = slices.Insert(points, 0, v.intruder(q, v.floor(q.series, q.begin)-length, set))
	case FaultAfterWindow:
		points = append(points, v.intruder(q, v.ceil(q.series, q.end+1), set))
	case FaultFarOutside:
		points = append(points, v.intruder(q, v.ceil(q.series, q.end+1)+9*length, set))
	case FaultTimeNotNumber:
		points[middle].rawTime = `"yesterday"`
	case FaultNegative:
		points[middle].value = amount{n: -points[middle].value.n}
	case FaultCurrent1e30:
		points[middle].rawCurrent = "1e30"
	case FaultCurrentString:
		points[middle].rawCurrent = `"` + points[middle].value.String() + `"`
	case FaultDropOne:
		points = slices.Delete(points, middle, middle+1)
	case FaultDropFifth:
		points = dropFifth(points)
	case FaultEmpty:
		points = nil
	case FaultOffBucket:
		points[middle].shift = length / 4
	}
	if !f.consistent() {
		return points, total(right, set)
	}
	t := total(points, set)
	if f.Kind == FaultCurrent1e30 { // all other points are too small to count
		t = totals{"1e30", "1e30", "1e30"}
	}
	return points, t
}

// intruder returns a point outside the request. If its bucket has no traffic, it makes some up.
func (v *view) intruder(q request, at int64, set Settings) point {
	return v.point(q.series, at, max(v.bucket(q.series, at), 1_234_567), set)
}

// shuffle puts two or more points out of order, the same way each time.
func (v *view) shuffle(points []point, q request) {
	for i := len(points) - 1; i > 0; i-- {
		j := int(draw(v.seed, drawShuffle, q.begin, int64(i)) % uint64(i+1))
		points[i], points[j] = points[j], points[i]
	}
	if slices.IsSortedFunc(points, func(a, b point) int { return int(a.at - b.at) }) {
		slices.Reverse(points)
	}
}

// dropFifth removes every fifth point, starting with the third, or with the last if there are fewer.
func dropFifth(points []point) []point {
	first := min(2, len(points)-1)
	kept := points[:0]
	for i, p := range points {
		if i < first || (i-first)%5 != 0 {
			kept = append(kept, p)
		}
	}
	return kept
}
