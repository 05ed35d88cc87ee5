// Package probe measures with a few requests what the vendor's page of the API leaves open, and says what follows for the configuration.
//
// Invariant: it stores nothing and asks one question at a time, at most 40 of an account, retries aside. A finding rests on answers, and
// names the requests that show it; where the answers do not show it, it stays open.
package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// API is what the probe asks. Errors are *flow.Error or the context's; the trip is that of the last request also where there is an error.
type API interface {
	Ask(ctx context.Context, q flow.Question) (flow.Answer, flow.Trip, error)
}

// Dependencies are what a probe needs of the world.
type Dependencies struct {
	API API
	// Judge reads an answer as a load does that records disagreement with its own totals as a remark.
	Judge func(c flow.Calendar, w flow.Window, a flow.Answer) (flow.Transformed, error)
	Now   func() time.Time
}

// State says how a finding is to be taken.
type State string

// The states of a finding.
const (
	Found   State = "found"
	Open    State = "open"    // the answers do not show it
	Warning State = "warning" // found, and to be looked at
	Wrong   State = "error"   // found, and nothing can be loaded like that
	Failed  State = "failed"  // requests failed on the way to it
)

// Finding is one thing that the vendor's page leaves open.
type Finding struct {
	Name     string   `json:"name"`
	State    State    `json:"state"`
	Result   string   `json:"result"`
	Requests []string `json:"request_ids"`       // that show it
	Setting  string   `json:"setting,omitempty"` // what follows for the configuration, where it says otherwise
}

// The findings, in the order in which they are shown.
const (
	credentials     = "credentials"
	clock           = "clock"
	latency         = "latency"
	rateLimit       = "rate limit"
	spanHourly      = "span hourly"
	spanDaily       = "span daily"
	retentionHourly = "retention hourly"
	retentionDaily  = "retention daily"
	dailyPoints     = "daily points"
	hourlyPoints    = "hourly points"
	endTime         = "EndTime"
	beginTime       = "BeginTime"
	newestData      = "newest data"
	totals          = "totals"
	fractions       = "fractions"
	directions      = "directions"
	regions         = "regions"
	hoursOfDay      = "hours of a day"
)

var names = []string{
	credentials, clock, latency, rateLimit, spanHourly, spanDaily, retentionHourly, retentionDaily, dailyPoints, hourlyPoints,
	endTime, beginTime, newestData, totals, fractions, directions, regions, hoursOfDay,
}

// Report is what was found about one account.
type Report struct {
	Account   string    `json:"account"`
	Series    string    `json:"series"`    // most requests asked for it
	Requests  int       `json:"requests"`  // sent, retries included
	Throttled int       `json:"throttled"` // of those, refused by the rate limit
	Seconds   float64   `json:"seconds"`
	Findings  []Finding `json:"findings"`

	follows Settings          // the configuration that follows
	why     map[string]string // the reasons, by key
}

// Complete says whether no finding is missing because of failures.
func (r Report) Complete() bool {
	for _, f := range r.Findings {
		if f.State == Failed {
			return false
		}
	}
	return true
}

// maxFailures is how many steps may fail before the probe gives up: by then the API is out of reach, and each step waits for its retries.
const maxFailures = 2

// Run probes one account. What was found until an error is in the report; the error is the context's, or of class flow.Denied.
func Run(ctx context.Context, account string, s Settings, d Dependencies) (Report, error) {
	p := newProber(account, s, d)
	failures, stop := 0, error(nil)
	for _, step := range []struct {
		findings []string
		run      func(context.Context) error
	}{
		{[]string{credentials}, p.newest},
		{[]string{dailyPoints}, p.days},
		{[]string{retentionDaily, spanDaily}, p.reachOfDays},
		{[]string{retentionHourly, spanHourly}, p.reachOfHours},
		{[]string{directions, regions, hoursOfDay}, p.sums},
		{[]string{endTime, beginTime}, p.edges},
		{[]string{newestData}, p.growth},
	} {
		if stop != nil || failures == maxFailures {
			p.miss(errGivenUp, step.findings...)
			continue
		}
		err := step.run(ctx)
		if err != nil {
			p.miss(err, step.findings...)
			if !errors.Is(err, errUnknown) {
				failures++
			}
			if p.findings[credentials].State == Failed {
				failures = maxFailures // nothing is answered at all
			}
		}
		if ctx.Err() != nil || flow.ClassOf(err) == flow.Denied {
			stop = err
		}
	}
	p.way()
	p.values()
	return p.report(), stop
}

func (p *prober) report() Report {
	p.start()
	r := Report{
		Account: p.account, Series: fmt.Sprintf("%s of %s, %s gateways", flow.Total, flow.AllRegions, p.gateway),
		Requests: p.requests, Throttled: p.throttled, Seconds: p.deps.Now().Sub(p.now).Seconds(), follows: p.follows, why: p.why,
	}
	for _, name := range names {
		f, ok := p.findings[name]
		if !ok {
			f = Finding{State: Open, Result: "no answer shows it"}
		}
		f.Name = name
		if f.Requests == nil {
			f.Requests = []string{}
		}
		r.Findings = append(r.Findings, f)
	}
	return r
}

// errRefused is a question that must be answered for the rest to make sense.
func errRefused(what string, r reply) error {
	return &flow.Error{Class: flow.Rejected, RequestID: r.RequestID, Err: fmt.Errorf("%s: %w", what, r.refusal)}
}

// Reasons why a step asks nothing.
var (
	errGivenUp = errors.New("not asked: the requests before failed")
	errUnknown = errors.New("not asked: there is no answer for the newest buckets to begin with")
)
