package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// reasons wants every bucket of every request to have been due: by what the ledger said when the program started, or
// because the same program asked for it before and got no answer. It is the rule of planning once more, bucket by
// bucket and without a window.
func (s *simulated) reasons(p *process) {
	var mine []*asked
	s.mind(func() {
		for _, a := range s.asked {
			if a.by == p {
				mine = append(mine, a)
			}
		}
	})
	last := map[place]*asked{}
	tries, more := map[place]int{}, map[place]int{}
	known := map[key5][]entry{}
	for _, e := range p.before.ledger {
		known[e.series] = append(known[e.series], e)
	}
	for _, a := range mine {
		for at := a.begin; at < a.end; at += a.series.step() {
			where := place{a.series, at}
			before := last[where]
			last[where] = a
			switch {
			case before == nil:
				if why := p.due(where, a.machine, known[a.series]); why != "" {
					s.fault("asked without a reason: %v: %v %s", a, where, why)
					return
				}
			case before.whole && before.broken == "":
				s.fault("asked twice in one pass: %v, after %v", a, before)
				return
			case before.begin == a.begin && before.end == a.end:
				if tries[where]++; tries[where] >= 12 {
					s.fault("asked %d times in one pass: %v", tries[where], a)
					return
				}
			case before.end-before.begin <= a.end-a.begin:
				// What was refused while something newer was, too, is due as before, and may come in another window.
				halved := before.broken != "" ||
					slices.Contains([]string{"InvalidParameterValue", "ResponseSizeLimitExceeded"}, before.code)
				if more[where]++; more[where] <= 2 && halved {
					continue
				}
				s.fault("asked for more after a failure: %v, after %v, of%s", a, before, of(mine, a.series))
				return
			}
		}
	}
}

// due says why a bucket is not due; empty if it is.
func (p *process) due(where place, now time.Time, ledger []entry) string {
	u := p.setup
	hourly := where.granularity == "hourly"
	i := 1
	if hourly {
		i = 0
	}
	end := time.Unix(where.bucket+where.step(), 0)
	if end.Add(u.settle[i]).After(now) {
		return "has not settled"
	}
	zone, err := time.LoadLocation(u.zone)
	if err != nil {
		p.t.Fatal(err)
	}
	from, err := time.ParseInLocation(time.DateOnly, u.start, zone)
	if err != nil {
		p.t.Fatal(err)
	}
	if !end.After(from) && (p.within[0].IsZero() || !end.After(p.within[0])) {
		return "lies before the range"
	}
	if to := p.within[1]; !to.IsZero() && !time.Unix(where.bucket, 0).Before(to.Add(time.Minute)) {
		return "lies after the range"
	}
	if p.forced && end.After(p.within[0]) {
		return ""
	}
	var sent time.Time
	answered, failures := false, 0
	var failed entry
	for _, e := range ledger {
		if where.bucket < e.begin || where.bucket >= e.end || !hourly && e.zone != u.zone {
			continue
		}
		if e.state == "accepted" {
			answered, failures = true, 0
			if e.sent.After(sent) {
				sent = e.sent
			}
			continue
		}
		failed, failures = e, max(1, e.failures)
	}
	y, m, d := time.Unix(where.bucket, 0).In(zone).Date()
	final := time.Date(y, m, d+1+u.finality, 0, 0, 0, 0, zone)
	switch {
	case answered && !sent.Before(final):
		return "was final when it was asked for at " + sent.String()
	case answered && now.Before(sent.Add(u.refresh[i])):
		return "was asked for at " + sent.String()
	case failures > 0 && failed.state == "unavailable" && now.Sub(failed.sent) < 30*24*time.Hour && now.After(failed.sent):
		return "was found unavailable at " + failed.sent.String()
	case failures > 1:
		wait := 30 * time.Minute
		if failed.end-failed.begin == where.step() {
			wait = min(6*time.Hour, wait*time.Duration(math.Pow(2, float64(min(failures-2, 10)))))
		}
		if now.After(failed.sent) && now.Before(failed.sent.Add(wait)) {
			return "failed the last time at " + failed.sent.String()
		}
	}
	return ""
}

// paced wants the turns of a program's requests spaced as configured, for all of its accounts together: they have the
// same key. A goroutine may be held up before it notes its turn, so what counts is how many have had theirs since the
// program was ready to ask.
func (s *simulated) paced(p *process) {
	for i, at := range p.sent {
		since := at.Sub(p.ready)
		if most := 2 + int(since.Seconds()*float64(p.setup.rate)); i+1 > most {
			s.fault("%d requests within %s, at most %d a second are allowed", i+1, since, p.setup.rate)
			return
		}
	}
}

// of lists the requests for one series.
func of(all []*asked, k key5) string {
	var out strings.Builder
	for _, a := range all {
		if a.series == k {
			fmt.Fprintf(&out, "\n  %v", a)
		}
	}
	return out.String()
}
