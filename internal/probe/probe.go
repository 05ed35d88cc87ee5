// Package probe measures, with a few requests, how the API behaves where the vendor's page (GetFlowStatisticByRegion)
// is silent: the longest span, how far back data go, the time zone of days and more. It then proposes lines for the
// configuration.
//
// Invariant: it stores nothing. It sends one request at a time and at most 40 for an account, retries aside. Every
// finding names the requests that show it; what no answer shows is reported as open.
package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// API sends the requests. Errors are *flow.Error, or wrap the context's. The trip describes the last request, also if
// there is an error.
type API interface {
	Ask(ctx context.Context, q flow.Request) (flow.Answer, flow.Trip, error)
}

// Dependencies are what a probe works with.
type Dependencies struct {
	API API
	// Judge checks and converts an answer as a load with answer_check: record does: totals that disagree become a
	// remark.
	Judge func(c flow.Calendar, w flow.Window, a flow.Answer) (flow.Transformed, error)
	Now   func() time.Time
}

// State says what kind of result a finding is.
type State string

// The states of a finding.
const (
	Found   State = "found"
	Open    State = "open"    // no answer shows it
	Warning State = "warning" // found; the operator should look at it
	Wrong   State = "error"   // found; nothing can be loaded until it is fixed
	Failed  State = "failed"  // the requests for it failed
)

// Finding is the result for one property of the API that the vendor's page leaves open.
type Finding struct {
	Name     string   `json:"name"`
	State    State    `json:"state"`
	Result   string   `json:"result"`
	Requests []string `json:"request_ids"`       // the vendor's ids of the requests that show it
	Setting  string   `json:"setting,omitempty"` // what to change in the configuration
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
	credentials, clock, latency, rateLimit, spanHourly, spanDaily, retentionHourly, retentionDaily,
	dailyPoints, hourlyPoints, endTime, beginTime, newestData, totals, fractions, directions, regions, hoursOfDay,
}

// Report holds the findings for one account.
type Report struct {
	Account   string    `json:"account"`
	Series    string    `json:"series"`    // the series of most requests
	Requests  int       `json:"requests"`  // sent, retries included
	Throttled int       `json:"throttled"` // of those, throttled
	Seconds   float64   `json:"seconds"`
	Findings  []Finding `json:"findings"`

	follows Settings          // the settings that the findings suggest
	why     map[string]string // the reason for each changed key
}

// Complete reports whether no finding failed.
func (r Report) Complete() bool {
	for _, f := range r.Findings {
		if f.State == Failed {
			return false
		}
	}
	return true
}

// maxFailures is how many steps may fail before the probe gives up: the API is then unreachable, and every step would
// wait for its retries.
const maxFailures = 2

// Run probes one account. An error ends it early and is the context's, or of class flow.Denied; the report then has
// the findings until then.
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
				failures = maxFailures // the first request failed: so would all others
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
		Requests: p.requests, Throttled: p.throttled, Seconds: p.deps.Now().Sub(p.now).Seconds(),
		follows: p.follows, why: p.why,
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

// errRefused returns the error for a refused request without which the rest makes no sense.
func errRefused(what string, r reply) error {
	return &flow.Error{Class: flow.Rejected, RequestID: r.RequestID, Err: fmt.Errorf("%s: %w", what, r.refusal)}
}

// Reasons why a step sends no request.
var (
	errGivenUp = errors.New("not asked: the requests before failed")
	errUnknown = errors.New("not asked: there is no answer for the newest buckets to begin with")
)
