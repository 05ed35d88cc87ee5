package flow

import (
	"fmt"
	"slices"
	"time"
)

// Loaded says how runs load a series: whether the last one did, from when on, and in which time zone.
type Loaded struct {
	Configured bool
	Start      time.Time
	Zone       string
}

// Difference is a way in which the configuration wants more than runs have loaded, in how many series and in words.
type Difference struct {
	Series int
	Words  string
}

// Unloaded compares the configuration with what runs have loaded and returns a difference for each way in which the
// configuration wants more: new series, series that the last run left out, an earlier start of known ones, or another
// time zone. wanted are the settings of the configuration; loaded are all series that any run has loaded. Without a
// difference there are none.
//
// Settle, refresh and finality may differ: the next run just goes by the new ones.
func Unloaded(wanted []Setting, loaded map[Series]Loaded) []Difference {
	var unknown, leftOut, later, elsewhere []Setting
	for _, w := range wanted {
		l, ok := loaded[w.Series]
		if !ok {
			unknown = append(unknown, w)
			continue
		}
		if !l.Configured {
			leftOut = append(leftOut, w)
		}
		if w.Start.Before(l.Start) {
			later = append(later, w)
		}
		if w.Zone.String() != l.Zone {
			elsewhere = append(elsewhere, w)
		}
	}
	var out []Difference
	say := func(series int, format string, args ...any) {
		out = append(out, Difference{series, fmt.Sprintf(format, args...)})
	}
	if n := len(unknown); n > 0 {
		say(n, "the configuration asks for %d series that no run has loaded yet: mnaflow run", n)
	}
	if n := len(leftOut); n > 0 {
		say(n, "the last run left out %d series that the configuration asks for, such as %s: mnaflow run",
			n, leftOut[0].Series)
	}
	if n := len(later); n > 0 {
		first := later[0].Series
		say(n, "the configuration starts earlier than what is loaded of %d series, such as %s from %s on: mnaflow run",
			n, first, loaded[first].Start.UTC().Format("2006-01-02 15:04Z"))
	}
	if n := len(elsewhere); n > 0 {
		first := elsewhere[0]
		say(n, "the configuration has another time zone than %d series that are loaded, such as %s for %s, which has "+
			"%s: mnaflow run", n, first.Zone, first.Series, loaded[first.Series].Zone)
	}
	return out
}

// Dimensions are the values that series take, each once. The series of a configuration are all combinations of them.
type Dimensions struct{ Accounts, Granularities, Regions, GatewayTypes, TrafficTypes []string }

// DimensionsOf returns the dimensions of settings, in their order.
func DimensionsOf(settings []Setting) (d Dimensions) {
	add := func(list *[]string, value string) {
		if !slices.Contains(*list, value) {
			*list = append(*list, value)
		}
	}
	for _, s := range settings {
		add(&d.Accounts, s.Series.Account)
		add(&d.Granularities, string(s.Series.Granularity))
		add(&d.Regions, string(s.Series.Region))
		add(&d.GatewayTypes, string(s.Series.Gateway))
		add(&d.TrafficTypes, string(s.Series.Traffic))
	}
	return d
}
