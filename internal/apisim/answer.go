package apisim

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// amount is a number of bytes with thousandths, n + milli/1000. It may be negative.
type amount struct{ n, milli int64 }

func (a amount) plus(b amount) amount { return amount{a.n + b.n, a.milli + b.milli}.normal() }

// normal brings the thousandths into [0, 1000).
func (a amount) normal() amount {
	carry := floorDiv(a.milli, 1000)
	return amount{a.n + carry, a.milli - carry*1000}
}

func (a amount) more(b amount) bool {
	a, b = a.normal(), b.normal()
	return a.n > b.n || a.n == b.n && a.milli > b.milli
}

func (a amount) float() float64 { return float64(a.n) + float64(a.milli)/1000 }

// String prints every digit. An amount never becomes a float64, which would round it.
func (a amount) String() string {
	a = a.normal()
	text := strconv.FormatInt(a.n, 10)
	if a.milli != 0 {
		text += "." + strings.TrimRight(strconv.FormatInt(1000+a.milli, 10)[1:], "0")
	}
	return text
}

// point is one entry of NetDetails before it is written.
type point struct {
	at         int64 // the start of the bucket, epoch seconds
	value      amount
	shift      int64  // seconds to add to Time
	rawTime    string // written instead of the time
	rawCurrent string // written instead of the value
}

// points returns the points of the answer to q under the settings, in ascending order. A bucket is in the answer if
// BeginTime <= start < EndTime, so that EndTime = end - 1s requests a half-open window of whole buckets.
func (v *view) points(q request, set Settings) []point {
	first, last := v.ceil(q.series, q.begin), q.end
	if set.PointBeforeBegin {
		first = v.floor(q.series, q.begin) - q.bucketSeconds()
	}
	if set.EndInclusive {
		last++
	}
	if kept := set.retention(q.series); kept > 0 && set.RetentionMode == RetentionEmpty {
		first = max(first, v.ceil(q.series, v.now()-kept))
	}
	near := v.narrowed(first, last+daySeconds)
	var points []point
	for at := first; at < min(last, v.now()); at += q.bucketSeconds() {
		if bytes := near.bucket(q.series, at); bytes != 0 {
			points = append(points, v.point(q.series, at, bytes, set))
		}
	}
	return points
}

// point returns the entry of a bucket. With the setting fractional it adds less than half a byte, so that rounding
// gives the truth.
func (v *view) point(s series, at int64, bytes uint64, set Settings) point {
	p := point{at: at, value: amount{n: int64(bytes)}}
	if set.Fractional {
		x := draw(v.seed, drawFrac, at, int64(s.region<<4|s.gateway<<3|s.traffic<<1|s.granularity))
		p.value = amount{p.value.n, int64(x%999) - 499}.normal()
	}
	return p
}

// totals are MaxValue, AvgValue and TotalValue, as they are printed.
type totals struct{ highest, average, sum string }

// total computes the totals as in the vendor's examples: the average is over the points returned.
func total(points []point, set Settings) totals {
	var sum, highest amount
	for i, p := range points {
		sum = sum.plus(p.value)
		if i == 0 || p.value.more(highest) {
			highest = p.value
		}
	}
	t := totals{distort(highest, set.WrongMax), "0", distort(sum, set.WrongTotal)}
	if len(points) != 0 {
		t.average = strconv.FormatFloat(sum.float()/float64(len(points)), 'f', -1, 64)
	}
	return t
}

// distort prints a total, multiplied by factor unless that is 0 or 1.
func distort(a amount, factor float64) string {
	if factor == 0 || factor == 1 {
		return a.String()
	}
	return strconv.FormatFloat(math.Round(a.float()*factor), 'f', -1, 64)
}

// writeAnswer returns the body of an answer without error.
func writeAnswer(points []point, t totals, q request, set Settings, requestID string) []byte {
	number := func(text string) string {
		if set.Exponent {
			return exponential(text)
		}
		return text
	}
	out := make([]byte, 0, 256+64*len(points))
	out = append(out, `{"Response":{"NetDetails":`...)
	if len(points) == 0 && set.NullEmpty {
		out = append(out, "null"...)
	} else {
		out = append(out, '[')
		for i, p := range points {
			if i > 0 {
				out = append(out, ',')
			}
			current := p.rawCurrent
			if current == "" {
				current = number(p.value.String())
			}
			out = append(out, `{"Current":`+current+`,"Time":`+p.time(q, set)+`}`...)
		}
		out = append(out, ']')
	}
	out = append(out, `,"MaxValue":`+number(t.highest)...)
	out = append(out, `,"AvgValue":`+number(t.average)+`,"TotalValue":`+number(t.sum)...)
	id, _ := json.Marshal(requestID) // a string cannot fail
	return slices.Concat(out, []byte(`,"RequestId":`), id, []byte("}}"))
}

// time returns a point's Time as JSON.
func (p point) time(q request, set Settings) string {
	if p.rawTime != "" {
		return p.rawTime
	}
	at := p.at + p.shift
	if q.granularity == hourly {
		at += set.HourlyOffset.seconds()
	}
	if set.TimeAsNumber {
		return strconv.FormatInt(at, 10)
	}
	return `"` + strconv.FormatInt(at, 10) + `"`
}

// exponential rewrites a decimal number of 10 or more as 1.234E9, with the same digits.
func exponential(text string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", rest
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole) < 2 || strings.ContainsAny(text, "eE") {
		return sign + text
	}
	digits := strings.TrimRight(whole[1:]+fraction, "0")
	if digits == "" {
		digits = "0"
	}
	return sign + whole[:1] + "." + digits + "E" + strconv.Itoa(len(whole)-1)
}
