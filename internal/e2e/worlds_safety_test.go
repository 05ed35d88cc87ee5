package e2e

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// believed wants no answer accepted that cannot be believed, and each entry to be of a request that was sent.
func (s *simulated) believed(b *books) {
	for _, e := range b.ledger {
		switch a := e.asked; {
		case e.state != "accepted":
		case a == nil:
			s.fault("the ledger accepts %v %s to %s by request %s, which nobody sent",
				e.series, hours(e.begin), hours(e.end), e.request)
		case !a.whole || a.broken != "":
			s.fault("accepted although it cannot be believed: %v", a)
		case a.series != e.series || a.begin != e.begin || a.end != e.end:
			s.fault("the ledger says %v %s to %s of %v", e.series, hours(e.begin), hours(e.end), a)
		}
	}
}

// lacking wants no answer accepted that lacks more of what was there than max(2, 10 %), or all of it. A second program
// may have stored something meanwhile.
func (s *simulated) lacking(p *process, b *books) {
	if p.shared || slices.Contains(p.command.args, "--accept-missing") {
		return
	}
	for _, e := range b.ledger {
		if e.state != "accepted" || e.asked == nil || e.asked.by != p {
			continue
		}
		had, lacks := 0, 0
		for at := e.begin; at < e.end; at += e.series.step() {
			if f := p.before.facts[place{e.series, at}]; f.reported {
				had++
				if _, there := e.asked.points[at]; !there {
					lacks++
				}
			}
		}
		if lacks > max(2, had/10) || had > 0 && len(e.asked.points) == 0 {
			s.fault("accepted although it lacks %d of %d: %v", lacks, had, e.asked)
		}
	}
}

// observations are the answers that were accepted, by bucket, in the order in which they were asked for.
func (b *books) observations() map[place][]*asked {
	out := map[place][]*asked{}
	for _, e := range b.ledger {
		if e.state != "accepted" || e.asked == nil {
			continue
		}
		for at := e.begin; at < e.end; at += e.series.step() {
			p := place{e.series, at}
			out[p] = append(out[p], e.asked)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b *asked) int { return cmp.Compare(a.seq, b.seq) })
	}
	return out
}

// byID is an answer that was seen.
func (s *simulated) byID(id string) (found *asked) {
	s.mind(func() {
		for _, a := range s.asked {
			if a.id == id {
				found = a
			}
		}
	})
	return found
}

// current wants of each bucket what was asked for last, or by a program that died since.
func (s *simulated) current(b *books) {
	for p, list := range b.observations() {
		last := list[len(list)-1]
		f, ok := b.facts[p]
		if !ok {
			s.fault("the ledger has %v, and facts have nothing of %v", last, p)
			continue
		}
		if f.request != last.id {
			// Killed after its facts and before its ledger entry: newer, and asked for again.
			by := s.byID(f.request)
			if by == nil || by.seq < last.seq || !by.by.dead.Load() {
				s.fault("%v shows what %v said, although %v was asked later", p, by, last)
				continue
			}
			last = by
		}
		if value, reported := last.points[p.bucket]; reported != f.reported || value != f.bytes {
			s.fault("%v is %d (reported %t), and %v said %d (%t)", p, f.bytes, f.reported, last, value, reported)
		}
	}
	seen := 0
	for p, f := range b.facts {
		at := p
		if p.granularity == "daily" {
			if f.zone != b.zones[p.account] {
				continue
			}
			at.bucket = f.day.Unix()
		}
		value, shown := b.views[at]
		if shown != f.reported || shown && value != f.bytes {
			s.fault("the view shows %d (%t) of %v, and facts %d (%t)", value, shown, p, f.bytes, f.reported)
		}
		if shown {
			seen++
		}
	}
	if seen != len(b.views) {
		s.fault("the views have %d rows, and facts %d", len(b.views), seen)
	}
}

// vouched wants facts at least as new as each accepted entry of the ledger that covers them.
func (s *simulated) vouched(b *books) {
	for _, e := range b.ledger {
		if e.state != "accepted" {
			continue
		}
		for at := e.begin; at < e.end; at += e.series.step() {
			if f := b.facts[place{e.series, at}]; f.version < e.version {
				s.fault("the ledger vouches for %v at version %d, and facts have version %d",
					place{e.series, at}, e.version, f.version)
				break
			}
		}
	}
}

// revisions wants each change that was seen once. One that a program saw before it died is in history, or nowhere.
func (s *simulated) revisions(b *books) {
	observed := b.observations()
	var limbo []*asked
	known := map[string]bool{}
	for _, e := range b.ledger {
		known[e.request] = true
	}
	s.mind(func() {
		for _, a := range s.asked {
			if a.whole && a.broken == "" && !known[a.id] && a.by.dead.Load() {
				limbo = append(limbo, a)
			}
		}
	})
	for _, a := range limbo {
		for at := a.begin; at < a.end; at += a.series.step() {
			p := place{a.series, at}
			if b.history[p][a.id] || b.facts[p].request == a.id {
				observed[p] = append(observed[p], a)
			}
		}
	}
	for p, list := range observed {
		if p.granularity == "daily" && !s.shownDay(b, p) {
			continue
		}
		slices.SortFunc(list, func(a, b *asked) int { return cmp.Compare(a.seq, b.seq) })
		var want []changed
		for i := 1; i < len(list); i++ {
			if before, after := said(list[i-1], p), said(list[i], p); before != after {
				want = append(want, changed{before, after, list[i].id})
			}
		}
		if !slices.Equal(want, b.revisions[p]) {
			s.fault("revisions of %v are %v, want %v (of %v)", p, b.revisions[p], want, list)
		}
	}
}

// shownDay says whether a day is one of the account's present zone.
func (s *simulated) shownDay(b *books, p place) bool {
	zone, err := time.LoadLocation(b.zones[p.account])
	if err != nil {
		s.t.Fatal(err)
	}
	at := time.Unix(p.bucket, 0).In(zone)
	return at.Hour() == 0 && at.Minute() == 0
}

func said(a *asked, p place) string {
	if v, ok := a.points[p.bucket]; ok {
		return strconv.FormatUint(v, 10)
	}
	return "absent"
}

// refusedAlone wants a bucket called unavailable only where the API has refused this very series at that age.
func (s *simulated) refusedAlone(b *books) {
	refused := s.refused()
	for _, e := range b.ledger {
		if e.state != "unavailable" {
			continue
		}
		if e.end > refused[e.series] {
			s.fault("%v %s to %s is called unavailable, and nothing of this series was refused at that age",
				e.series, hours(e.begin), hours(e.end))
		}
		kept, poisoned := s.keeps(e.series), s.poisoned(e.series)
		lastBucket := time.Unix(e.end, 0).Add(-time.Duration(e.series.step()) * time.Second)
		if !poisoned && (kept == 0 || lastBucket.After(e.sent.Add(-kept+10*time.Minute))) {
			s.fault("%v %s to %s is called unavailable at %s, and the API keeps this series for %s",
				e.series, hours(e.begin), hours(e.end), e.sent, kept)
		}
	}
}

// keeps is how long the API keeps a series; 0: for ever.
func (s *simulated) keeps(k key5) time.Duration {
	for _, a := range s.accounts {
		if a.name != k.account {
			continue
		}
		set := a.settings
		general, own := set.RetentionHourly, map[string]struct{ h, d int64 }{
			"ALL": {int64(set.RetentionByRegion.ALL.Hourly), int64(set.RetentionByRegion.ALL.Daily)},
			"MC":  {int64(set.RetentionByRegion.MC.Hourly), int64(set.RetentionByRegion.MC.Daily)},
			"AP":  {int64(set.RetentionByRegion.AP.Hourly), int64(set.RetentionByRegion.AP.Daily)},
			"EU":  {int64(set.RetentionByRegion.EU.Hourly), int64(set.RetentionByRegion.EU.Daily)},
			"AM":  {int64(set.RetentionByRegion.AM.Hourly), int64(set.RetentionByRegion.AM.Daily)},
		}[k.region]
		region := own.h
		if k.granularity == "daily" {
			general, region = set.RetentionDaily, own.d
		}
		return time.Duration(cmp.Or(region, int64(general)))
	}
	return 0
}

// refused is the end of the youngest window of each series that was refused.
func (s *simulated) refused() map[key5]int64 {
	out := map[key5]int64{}
	s.mind(func() {
		for _, a := range s.asked {
			if a.code == "InvalidParameterValue" || a.code == "ResponseSizeLimitExceeded" {
				out[a.series] = max(out[a.series], a.end)
			}
		}
	})
	return out
}

// poisoned says whether the API was made to refuse a bucket of a series, whatever its age.
func (s *simulated) poisoned(k key5) bool {
	for _, ev := range s.events {
		if ev.kind == faulty && ev.fault.Code != "" && s.accounts[ev.on].name == k.account {
			return true
		}
	}
	return false
}
