package probe

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Limits on the difference between this machine's clock and the API's.
const (
	clockDoubtful = time.Minute
	clockRefused  = 300 * time.Second // beyond it the API answers AuthFailure.SignatureExpire
)

// way records the findings about clock, latency and rate limit, from all requests together.
func (p *prober) way() {
	p.clockOffset()
	p.latencies()
	if p.throttled == 0 {
		p.find(rateLimit, Open, fmt.Sprintf("not tested, since other programs share it; none of %s was throttled "+
			"at %v a second",
			plural(p.requests, "request"), p.set.PerSecond))
		return
	}
	p.find(rateLimit, Warning, fmt.Sprintf("%d of %s were throttled, though at most %v a second were sent: "+
		"another program uses the key",
		p.throttled, plural(p.requests, "request"), p.set.PerSecond))
	p.follows.PerSecond = max(1, math.Floor(p.set.PerSecond/2))
	if p.follows.PerSecond < p.set.PerSecond {
		p.follow(rateLimit, keyPerSecond, fmt.Sprint(p.follows.PerSecond), "another program uses the key's limit")
	}
}

// clockOffset compares the clocks by the quickest answer: the shorter the round trip, the more exact its Date.
func (p *prober) clockOffset() {
	var best *reply
	for i, r := range p.replies {
		if r.trip.Dated && (best == nil || r.trip.Latency < best.trip.Latency) {
			best = &p.replies[i]
		}
	}
	if best == nil {
		return
	}
	off := best.trip.ClockOff.Round(time.Second)
	direction := "ahead of"
	if off < 0 {
		direction = "behind"
	}
	text := fmt.Sprintf("this machine's clock is %s %s the API's", off.Abs(), direction)
	switch {
	case off.Abs() > clockRefused:
		p.find(clock, Wrong, text+": the API refuses every request; set it (NTP)", *best)
	case off.Abs() > clockDoubtful:
		p.find(clock, Warning, fmt.Sprintf("%s: set it (NTP), the API refuses requests from %s on", text,
			clockRefused), *best)
	case off.Abs() > time.Second:
		p.find(clock, Found, text, *best)
	default:
		p.find(clock, Found, "this machine's clock agrees with the API's to the second", *best)
	}
}

// latencies records the latency, and how many requests are under way at once at the configured pace.
func (p *prober) latencies() {
	timed := slices.DeleteFunc(slices.Clone(p.replies), func(r reply) bool { return r.trip.Latency == 0 })
	if len(timed) == 0 {
		return
	}
	slices.SortStableFunc(timed, func(a, b reply) int { return cmp.Compare(a.trip.Latency, b.trip.Latency) })
	median, most := timed[len(timed)/2].trip.Latency, timed[len(timed)-1]
	together := "1 request is"
	if n := math.Ceil(p.set.PerSecond * median.Seconds()); n > 1 {
		together = fmt.Sprintf("%.0f requests are", n)
	}
	p.find(latency, Found, fmt.Sprintf("median %s, longest %s; at %v a second %s under way together",
		rounded(median), rounded(most.trip.Latency), p.set.PerSecond, together), most)
}

func rounded(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
