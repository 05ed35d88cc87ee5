package probe

import (
	"context"
	"errors"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// searches is how many questions the searches for span and retention may take together. Beside them there are about 16.
const searches = 24

// prober is one probe under way.
type prober struct {
	account string
	deps    Dependencies
	set     Settings  // as configured
	now     time.Time // when the probe began
	gateway flow.GatewayType
	zone    *time.Location // that daily points start in, as far as it is known

	replies             []reply
	requests, throttled int
	spare               int // of searches

	recent       reply // of the newest hours
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

// reply is what became of one question.
type reply struct {
	flow.Answer
	question flow.Request
	window   flow.Window // the whole buckets that were meant; empty where the question is off the buckets on purpose
	trip     flow.Trip
	refusal  error // the API's words, where it refused what was asked for; nil: answered
}

func (r reply) refused() bool { return r.refusal != nil }

// total is the series that most questions ask for: both directions of all regions.
func (p *prober) total(g flow.Granularity) flow.Series {
	return flow.Series{Account: p.account, Granularity: g, Region: flow.AllRegions, Gateway: p.gateway, Traffic: flow.Total}
}

// window asks for whole buckets, as a load does.
func (p *prober) window(ctx context.Context, s flow.Series, w flow.Window) (reply, error) {
	return p.ask(ctx, flow.WholeBuckets(s, w), w)
}

// ask sends one question. A refusal is an outcome; an error is anything else that is no answer.
func (p *prober) ask(ctx context.Context, q flow.Request, w flow.Window) (reply, error) {
	answer, trip, err := p.deps.API.Ask(ctx, q)
	r := reply{Answer: answer, question: q, window: w, trip: trip}
	if e, ok := errors.AsType[*flow.Error](err); ok {
		r.Attempts, r.Throttled, r.RequestID = e.Attempts, e.Throttled, e.RequestID
		if e.Class == flow.Refused || e.Class == flow.Rejected {
			r.refusal, err = e.Err, nil
		}
	}
	p.requests += r.Attempts
	p.throttled += r.Throttled
	if err != nil {
		p.replies = append(p.replies, reply{question: q, trip: trip, refusal: err, Answer: flow.Answer{RequestID: r.RequestID}})
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

// miss records why there are no findings of some names; those that there are stay.
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

// points returns the points of the answers for a series so far, by the start of their bucket; of a bucket asked for twice the newest.
func (p *prober) points(s flow.Series, c flow.Calendar) map[time.Time]uint64 {
	out := map[time.Time]uint64{}
	for _, r := range p.replies {
		if r.question.Series == s && !r.window.Empty() { // a part of a bucket is no value of it
			for _, point := range r.Points {
				out[c.Floor(point.Time)] = point.Bytes
			}
		}
	}
	return out
}
