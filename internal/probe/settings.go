package probe

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Settings are the keys of the configuration that findings may change.
type Settings struct {
	Zone          *time.Location
	PerSecond     float64
	Start         time.Time // the civil date, as midnight UTC
	Granularities []flow.Granularity
	Settle        map[flow.Granularity]time.Duration
	MaxWindow     map[flow.Granularity]time.Duration
	Record        bool // answer_check: record
}

func (s Settings) clone() Settings {
	s.Settle, s.MaxWindow = maps.Clone(s.Settle), maps.Clone(s.MaxWindow)
	return s
}

// Keys of the configuration: two of an account, the others of extract.
const (
	keyZone         = "time_zone"
	keyPerSecond    = "requests_per_second"
	keyStart        = "start"
	keySettleHourly = "settle.hourly"
	keyMaxWindow    = "max_window."
	keyAnswerCheck  = "answer_check"
)

// follow records that, by a finding, a key of the configuration should have another value.
func (p *prober) follow(finding, key, value, why string) {
	f := p.findings[finding]
	f.Setting = key + ": " + value
	p.findings[finding] = f
	if len(f.Requests) > 0 {
		why += " (request " + f.Requests[len(f.Requests)-1] + ")"
	}
	p.why[key] = why
}

// start moves the configured start to the first whole day that the API still has at any of the loaded granularities.
func (p *prober) start() {
	var from time.Time
	by := ""
	for _, g := range p.set.Granularities {
		grid, name := &p.hours, retentionHourly
		if g == flow.Daily {
			grid, name = &p.daily, retentionDaily
		}
		if grid.horizon == 0 {
			return
		}
		if at := grid.at(grid.horizon); by == "" || at.Before(from) {
			from, by = at, name
		}
	}
	if by == "" {
		return
	}
	c := flow.NewCalendar(flow.Daily, p.zone)
	if date := c.Day(c.Ceil(from)); date.After(p.set.Start) {
		p.follows.Start = date
		p.follow(by, keyStart, date.Format(time.DateOnly), "the first whole day that the API still has")
	}
}

// Lines returns YAML lines for the configuration file: the settings that the reports suggest and that differ from the
// present ones, each with its reason as a comment above. settings and reports are by account, in the same order.
// Settings that accounts share are chosen to suit all of them. The result is empty if nothing should change.
func Lines(settings []Settings, reports []Report) string {
	var accounts, extract lines
	for i, r := range reports {
		var own lines
		if zone := r.follows.Zone; zone.String() != settings[i].Zone.String() {
			own.add(4, r.why[keyZone], "time_zone: %s", zone)
		}
		if r.follows.PerSecond != settings[i].PerSecond {
			own.add(4, r.why[keyPerSecond], "requests_per_second: %v", r.follows.PerSecond)
		}
		if len(own) > 0 {
			accounts.add(2, "", "- name: %s", r.Account)
			accounts = append(accounts, own...)
		}
	}
	if len(reports) > 0 {
		now := settings[0]
		all, why := merge(reports)
		if all.Start != now.Start {
			extract.add(2, why[keyStart], "start: %s", all.Start.Format(time.DateOnly))
		}
		for _, k := range []struct {
			key      string
			now, all map[flow.Granularity]time.Duration
		}{{"settle", now.Settle, all.Settle}, {"max_window", now.MaxWindow, all.MaxWindow}} {
			if maps.Equal(k.now, k.all) {
				continue
			}
			var reasons []string
			for _, g := range flow.Granularities() {
				if reason := why[k.key+"."+string(g)]; reason != "" {
					reasons = append(reasons, string(g)+": "+reason)
				}
			}
			extract.add(2, strings.Join(reasons, "; "), "%s: {hourly: %s, daily: %s}", k.key,
				length(k.all[flow.Hourly]), length(k.all[flow.Daily]))
		}
		if all.Record != now.Record {
			extract.add(2, why[keyAnswerCheck], "answer_check: record")
		}
	}
	return section("accounts", accounts) + section("extract", extract)
}

// merge returns the settings that suit all accounts, for the keys that accounts share, and the reasons for them.
func merge(reports []Report) (Settings, map[string]string) {
	all, why := reports[0].follows.clone(), map[string]string{}
	for _, r := range reports {
		if r.follows.Start.Before(all.Start) {
			all.Start = r.follows.Start
		}
		for _, g := range flow.Granularities() {
			all.Settle[g] = max(all.Settle[g], r.follows.Settle[g])
			all.MaxWindow[g] = min(all.MaxWindow[g], r.follows.MaxWindow[g])
		}
		all.Record = all.Record || r.follows.Record
	}
	for _, r := range reports {
		for key, reason := range r.why {
			if len(reports) > 1 {
				reason = "account " + r.Account + ", " + reason
			}
			if r.follows.value(key) == all.value(key) {
				why[key] = reason
			}
		}
	}
	return all, why
}

// value returns the value of a key that accounts share.
func (s Settings) value(key string) any {
	section, granularity, _ := strings.Cut(key, ".")
	switch {
	case key == keyStart:
		return s.Start
	case section == "settle":
		return s.Settle[flow.Granularity(granularity)]
	case section == "max_window":
		return s.MaxWindow[flow.Granularity(granularity)]
	}
	return s.Record
}

// lines are indented YAML lines.
type lines []string

func (l *lines) add(indent int, why, format string, args ...any) {
	space := strings.Repeat(" ", indent)
	for _, line := range wrap(why, 78-indent) {
		*l = append(*l, space+"# "+line)
	}
	*l = append(*l, space+fmt.Sprintf(format, args...))
}

func section(name string, l lines) string {
	if len(l) == 0 {
		return ""
	}
	return name + ":\n" + strings.Join(l, "\n") + "\n"
}

// wrap breaks a text into lines of at most width characters, between words.
func wrap(text string, width int) (out []string) {
	for word := range strings.FieldsSeq(text) {
		if n := len(out); n > 0 && len(out[n-1])+1+len(word) <= width {
			out[n-1] += " " + word
		} else {
			out = append(out, word)
		}
	}
	return out
}
