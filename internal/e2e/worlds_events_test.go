package e2e

import (
	"fmt"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
)

// A drawn world is what one seed says: where it starts, and what happens in it. Nothing of it depends on what the
// program does, so that one event can be left out and all others stay.
type drawn struct {
	seed     uint64
	end      time.Time // of everything; in the past, or views would look no farther than the present
	accounts []account
	own      bool              // it has a server of its own, which may be started anew
	profile  []chlocal.Setting // of the user that loads, on a server of its own
	from     setup             // at first
	span     time.Duration     // between the first event and the end of the faults
	events   []event
	waited   time.Duration // by events that were left out
}

// account is an account with an API of its own.
type account struct {
	name     string
	settings apisim.Settings
}

// setup is the configuration, as it changes.
type setup struct {
	accounts  []string
	zone      string
	regions   []string
	traffic   []string
	gateways  []string
	start     string // date
	settle    [2]time.Duration
	refresh   [2]time.Duration
	finality  int    // days
	maxWindow [2]int // days
	rate      int    // requests a second
}

// kind of an event.
type kind string

// What may happen.
const (
	passes    kind = "pass"      // a command runs to its end, or to where it is killed
	beside    kind = "beside"    // a second command runs while the first one stays at a point
	restate   kind = "restate"   // the API changes what it says
	faulty    kind = "fault"     // the API's answers, or the way to it, fail for some requests
	healed    kind = "healed"    // all such faults end
	configure kind = "configure" // the configuration changes
)

// event is one thing that happens, some time after the one before it.
type event struct {
	kind   kind
	after  time.Duration
	pass   command
	others []meanwhile // while the first one stays
	what   apisim.Restatement
	fault  apisim.Fault
	days   [2]int // of a restatement, or of the bucket that a fault hits: its age in days and in hours
	on     int    // the account whose API it is
	setup  setup
}

// meanwhile is what happens while a program stays at a point: the API may restate, and another program runs.
type meanwhile struct {
	restated *event
	pass     command
}

// command is one command with what befalls it.
type command struct {
	args   []string
	point  string // where something happens; empty: nothing does
	nth    int    // the how manieth time it gets there
	killed bool   // it dies there
	cut    bool   // its connections to the warehouse end there
	anew   bool   // the server ends there, and starts again
	lost   string // table: the reply to its next insert is lost
	ahead  time.Duration
	offset time.Duration // of its machine's clock
}

func (c command) String() string {
	out := strings.Join(c.args, " ")
	for _, part := range []struct {
		is   bool
		text string
	}{
		{c.killed, "killed"},
		{c.cut, "cut off"},
		{c.anew, "the server started anew"},
		{c.point != "", fmt.Sprintf("%s (%d.)", c.point, c.nth)},
		{c.lost != "", "the reply of " + c.lost + " lost"},
		{c.ahead != 0, fmt.Sprintf("the warehouse %s ahead", c.ahead)},
		{c.offset != 0, fmt.Sprintf("its clock %s off", c.offset)},
	} {
		if part.is {
			out += ", " + part.text
		}
	}
	return out
}

func (e event) String() string {
	text := fmt.Sprintf("+%s %s", e.after, e.kind)
	switch e.kind {
	case passes:
		text += ": " + e.pass.String()
	case beside:
		text += ": " + e.pass.String()
		for _, m := range e.others {
			if text += " ||"; m.restated != nil {
				text += strings.TrimPrefix(m.restated.String(), "+0s") + ","
			}
			text += " " + m.pass.String()
		}
	case restate:
		text += fmt.Sprintf(" account %d: %s %s %s, %d d old, %d h long",
			e.on, how(e.what), e.what.Region, e.what.Direction, e.days[0], e.days[1])
	case faulty:
		text += fmt.Sprintf(" account %d: %s %s of %s %s %s, %d times", e.on, e.fault.Kind, e.fault.Code,
			e.fault.Match.Granularity, e.fault.Match.Region, e.fault.Match.Traffic, e.fault.Count)
		if e.days != [2]int{} {
			text += fmt.Sprintf(", where the bucket %d d %d h old is", e.days[0], e.days[1])
		}
	case configure:
		text += fmt.Sprintf(": %+v", e.setup)
	case healed:
	}
	return text
}

func how(r apisim.Restatement) string {
	switch {
	case r.Remove:
		return "remove"
	case r.Restore:
		return "restore"
	}
	return fmt.Sprintf("times %d/%d", r.Factor.Num, r.Factor.Den)
}

// forever says whether the APIs keep all data.
func (w drawn) forever() bool {
	for _, a := range w.accounts {
		if s := a.settings; s.RetentionHourly != 0 || s.RetentionDaily != 0 || s.RetentionByRegion != (apisim.Regions{}) {
			return false
		}
	}
	return true
}
