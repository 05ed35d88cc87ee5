package probe

import (
	"context"
	"errors"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// searches is how many requests the searches for span and retention may send together. All else takes about 16.
const searches = 24

// prober is one probe under way.
type prober struct {
	account string
	deps    Dependencies
	set     Settings  // as configured
	now     time.Time // when the probe began
	gateway flow.GatewayType
	zone    *time.Location // in which daily points are at midnight, as far as known; at first the configured one

	replies             []reply
	requests, throttled int
	spare               int // what is left of searches

	recent       reply // for the newest hours
	hours, daily grid
	findings     map[string]Finding
	follows      Settings
	why          map[string]string
}

func newProber(account string, s Settings, d Dependencies) *prober {
	return &prober{
		account: account, deps: d, set: s, now: d.Now(), gateway: flow.Public, zone: s.Zone, spare: searches,
		findings: map[string]Finding{}, follows: s.clone(), why: map[string]string{},
	}
}

// reply is the outcome of one request: an answer, or a refusal.
type reply struct {
	flow.Answer
	request flow.Request
	window  flow.Window // the requested buckets; empty if the request is off bucket boundaries on purpose
	trip    flow.Trip
	refusal error // the API's error if it refused the window; nil: answered
}

func (r reply) refused() bool { return r.refusal != nil }

// total is the series of most requests: both directions of all regions.
func (p *prober) total(g flow.Granularity) flow.Series {
	return flow.Series{Account: p.account, Granularity: g, Region: flow.AllRegions, Gateway: p.gateway,
		Traffic: flow.Total}
}

// window requests whole buckets, as a load does.
func (p *prober) window(ctx context.Context, s flow.Series, w flow.Window) (reply, error) {
	return p.ask(ctx, flow.WholeBuckets(s, w), w)
}

// ask sends one request. A refused window is a reply; all other failures are errors.
func (p *prober) ask(ctx context.Context, q flow.Request, w flow.Window) (reply, error) {
	answer, trip, err := p.deps.API.Ask(ctx, q)
	r := reply{Answer: answer, request: q, window: w, trip: trip}
	if e, ok := errors.AsType[*flow.Error](err); ok {
		r.Attempts, r.Throttled, r.RequestID = e.Attempts, e.Throttled, e.RequestID
		if e.Class == flow.Refused || e.Class == flow.Rejected {
			r.refusal, err = e.Err, nil
		}
	}
	p.requests += r.Attempts
	p.throttled += r.Throttled
	if err != nil {
		p.replies = append(p.replies, reply{request: q, trip: trip, refusal: err,
			Answer: flow.Answer{RequestID: r.RequestID}})
		return r, err
	}
	p.replies = append(p.replies, r)
	return r, nil
}

// find records a finding.
func (p *prober) find(name string, state State, result string, by ...reply) {
	f := Finding{State: state, Result: result}
	for _, r := range by {
		if r.RequestID != "" {
			f.Requests = append(f.Requests, r.RequestID)
		}
	}
	p.findings[name] = f
}

// miss records an error as the finding of each name that has none yet.
func (p *prober) miss(err error, names ...string) {
	f := Finding{State: Failed, Result: reason(err)}
	if e, ok := errors.AsType[*flow.Error](err); ok && e.RequestID != "" {
		f.Requests = []string{e.RequestID}
	}
	for _, name := range names {
		if _, found := p.findings[name]; !found {
			p.findings[name] = f
		}
	}
}

// points returns the bytes of all answers so far for a series, by the start of the bucket; of a bucket requested
// twice, the newest.
func (p *prober) points(s flow.Series, c flow.Calendar) map[time.Time]uint64 {
	out := map[time.Time]uint64{}
	for _, r := range p.replies {
		if r.request.Series == s && !r.window.Empty() { // else a point may cover a part of its bucket only
			for _, point := range r.Points {
				out[c.Floor(point.Time)] = point.Bytes
			}
		}
	}
	return out
}
