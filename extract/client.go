// Package extract asks Tencent Cloud's Multi-Network Aggregation API for one window of one series and returns its points.
//
// It signs through the vendor's SDK, keeps every request of a key to one pace, and tries again where the class of the error allows.
// Invariant: no request is sent without a token of the key's pace, every wait ends with its context, and a body is decoded once, without
// passing through float64.
package extract

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Config says how the API is asked.
type Config struct {
	Endpoint    string        // https://host, or http://host:port of a simulator
	Timeout     time.Duration // of one request
	MaxAttempts int           // requests for one window, when errors may pass; refusals by the rate limit are not counted
}

// Dependencies are what a client needs of the world.
type Dependencies struct {
	Credential common.CredentialIface                           // of Credential, or any of the SDK's
	Pace       *Pace                                            // shared by all clients that use one key
	Transport  http.RoundTripper                                // nil: a transport of the client's own, with idle connections for its pace
	Wait       func(ctx context.Context, d time.Duration) error // nil: a timer
	Random     func() float64                                   // in [0, 1); full jitter of the back-off
	Log        *slog.Logger
	// Observe is told that a request is sent, and whether it repeats one whose failure may pass; what it returns, what became of it:
	// answered, interrupted, or a class of error. nil: nobody.
	Observe func(retry bool) (ended func(result string))
}

// Client asks for windows. It is safe for concurrent use.
type Client struct {
	config Config
	deps   Dependencies
	keys   keys
	signer *signer
}

// New returns a client; it sends nothing.
func New(config Config, deps Dependencies) (*Client, error) {
	if deps.Wait == nil {
		deps.Wait = wait
	}
	if deps.Observe == nil {
		deps.Observe = observed
	}
	s, err := newSigner(config.Endpoint, "", deps.Transport)
	if err != nil {
		return nil, err
	}
	k, renews := deps.Credential.(keys)
	if !renews {
		k = fixed{deps.Credential}
	}
	return &Client{config: config, deps: deps, keys: k, signer: s}, nil
}

// Fetch asks for the buckets of one window, which starts and ends on bucket boundaries, until it is answered or the class of the error
// forbids another try. stamp is called right before each request is sent.
//
// Errors are *flow.Error, with the requests that were sent; or the context's.
func (c *Client) Fetch(ctx context.Context, s flow.Series, w flow.Window, stamp func() flow.Stamp) (flow.Answer, error) {
	answer, _, err := c.ask(ctx, fmt.Sprintf("asking for %s of %s", w, s), flow.Whole(s, w), stamp)
	return answer, err
}

// Ask sends a question as it stands, wherever its times lie, in the way of Fetch. The trip is that of the last request, whatever became
// of it.
func (c *Client) Ask(ctx context.Context, q flow.Question) (flow.Answer, flow.Trip, error) {
	doing := fmt.Sprintf("asking for %s to %s of %s", q.Begin.UTC().Format(time.RFC3339), q.End.UTC().Format(time.RFC3339), q.Series)
	return c.ask(ctx, doing, q, func() flow.Stamp { return flow.Stamp{} })
}

// ask sends a question until it is answered or the class of the error forbids another try.
func (c *Client) ask(ctx context.Context, doing string, q flow.Question, stamp func() flow.Stamp) (answer flow.Answer, trip flow.Trip, _ error) {
	budget := newBudget(c.config.MaxAttempts)
	var sent, throttled int
	var at flow.Stamp
	var retry bool
	for {
		key, err := c.keys.key(ctx) // before the pace: those that wait for one key must not all send at once when it comes
		if err == nil {
			if err := c.deps.Pace.Wait(ctx); err != nil {
				return flow.Answer{}, trip, fmt.Errorf("%s: waiting for the pace: %w", doing, err)
			}
			at = stamp()
			sent++
			ended := c.deps.Observe(retry)
			answer, trip, err = c.once(ctx, key, q)
			ended(result(ctx, err))
		}
		if err == nil {
			c.deps.Pace.Passed()
			answer.Sent, answer.Attempts, answer.Throttled = at, sent, throttled
			return answer, trip, nil
		}
		if ctx.Err() != nil {
			return flow.Answer{}, trip, fmt.Errorf("%s: %w", doing, ctx.Err())
		}
		if err.class == flow.Throttled {
			throttled++
			if silent := c.deps.Pace.Refused(); silent > 0 {
				c.deps.Log.Warn("the API's rate limit refuses every request of this key, still asking: other programs, the console among them, use it up",
					"for", silent.Round(time.Second), "requests_per_second", c.deps.Pace.PerSecond(), "series", q.Series.String(), "request_id", err.requestID)
			}
		}
		if err.code == codeTokenFailure {
			c.keys.refused(key)
		}
		retry = sent > 0 && err.class != flow.Throttled
		delay, again := budget.next(err, c.deps.Random)
		if !again {
			return flow.Answer{}, trip, &flow.Error{
				Class: err.final(), Doing: doing, RequestID: err.requestID,
				Sent: at, Attempts: sent, Throttled: throttled, Err: err,
			}
		}
		c.deps.Log.Debug("trying again", "series", q.Series.String(), "begin", q.Begin, "end", q.End, "request_id", err.requestID,
			"class", err.class, "error", err.Error(), "after", delay)
		if err := c.deps.Wait(ctx, delay); err != nil {
			return flow.Answer{}, trip, fmt.Errorf("%s: waiting to try again: %w", doing, err)
		}
	}
}

// once sends one request and decodes what comes back.
func (c *Client) once(ctx context.Context, key common.CredentialIface, q flow.Question) (flow.Answer, flow.Trip, *apiError) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, fmt.Errorf("no answer within %s", c.config.Timeout))
	defer cancel()
	reply, err := c.signer.send(ctx, key, newRequest(ctx, q))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return flow.Answer{}, reply.trip(), &apiError{class: flow.Transient, err: err}
	}
	answer, failure := decode(reply.body)
	if failure == nil && reply.status != http.StatusOK || failure != nil && failure.code == "" {
		if byStatus := classifyStatus(reply.status); byStatus != nil {
			failure = byStatus
		}
	}
	if failure != nil && failure.code == codeSignatureExpire {
		failure.clockOff = reply.clockOff
	}
	return answer, reply.trip(), failure
}

// wait returns after d, or with the context's error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
