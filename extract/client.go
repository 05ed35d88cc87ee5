// Package extract asks Tencent Cloud's Multi-Network Aggregation API for one window of one series and returns its points.
//
// It signs through the vendor's SDK, keeps every request of a key to one pace, and tries again where the class of the error allows.
// Invariant: no request is sent without a token of the key's pace, every wait ends with its context, and a body is decoded once, without
// passing through float64.
package extract

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// Config says how the API is asked.
type Config struct {
	Endpoint    string        // https://host, or http://host:port of a simulator
	Timeout     time.Duration // of one request
	MaxAttempts int           // requests for one window, when errors may pass; refusals by the rate limit are not counted
}

// Dependencies are what a client needs of the world.
type Dependencies struct {
	Account    string                                           // whose requests they are, for Trace
	Credential common.CredentialIface                           // of Credential, or any of the SDK's
	Pace       *Pace                                            // shared by all clients that use one key
	Transport  http.RoundTripper                                // nil: a transport of the client's own, with idle connections for its pace
	Wait       func(ctx context.Context, d time.Duration) error // nil: a timer
	Random     func() float64                                   // in [0, 1); full jitter of the back-off
	Log        *slog.Logger
	Trace      trace.Trace // called at each request
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
	deps.Trace = trace.Join(deps.Trace)
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

// Pace is the pace of the client's key, which other clients may share.
func (c *Client) Pace() *Pace { return c.deps.Pace }

// Fetch asks for the buckets of one window, which starts and ends on bucket boundaries, until it is answered or the class of the error
// forbids another try. stamp is called right before each request is sent.
//
// Errors are *flow.Error, with the requests that were sent; or the context's, and then the answer has only these.
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
func (c *Client) ask(ctx context.Context, doing string, q flow.Question, stamp func() flow.Stamp) (flow.Answer, flow.Trip, error) {
	budget := newBudget(c.config.MaxAttempts)
	var sent tally
	for {
		answer, err := c.try(ctx, &sent, q, stamp)
		failed, refused := errors.AsType[*apiError](err)
		switch {
		case err == nil:
			c.deps.Pace.Passed()
			answer.Sent, answer.Attempts, answer.Throttled = sent.at, sent.attempts, sent.throttled
			return answer, sent.trip, nil
		case !refused:
			return sent.counts(), sent.trip, fmt.Errorf("%s: %w", doing, err)
		case ctx.Err() != nil:
			return sent.counts(), sent.trip, fmt.Errorf("%s: %w", doing, ctx.Err())
		}
		if failed.class == flow.Throttled {
			sent.throttled++
			if silent := c.deps.Pace.Refused(); silent > 0 {
				c.deps.Log.Warn("the API's rate limit refuses every request of this key, still asking: other programs, the console among them, use it up",
					"for", silent.Round(time.Second), "requests_per_second", c.deps.Pace.PerSecond(), "series", q.Series.String(), "request_id", failed.requestID)
			}
		}
		sent.retry = sent.attempts > 0 && failed.class != flow.Throttled
		sent.alone = failed.code == codeSignatureExpire || failed.code == codeTokenFailure
		delay, again := budget.next(failed, c.deps.Random)
		if !again {
			return flow.Answer{}, sent.trip, &flow.Error{
				Class: failed.final(), Doing: doing, RequestID: failed.requestID,
				Sent: sent.at, Attempts: sent.attempts, Throttled: sent.throttled, Err: failed,
			}
		}
		c.deps.Log.Debug("trying again", "series", q.Series.String(), "begin", q.Begin, "end", q.End, "request_id", failed.requestID,
			"class", failed.class, "error", failed.Error(), "after", delay)
		if err := c.deps.Wait(ctx, delay); err != nil {
			return sent.counts(), sent.trip, fmt.Errorf("%s: waiting to try again: %w", doing, err)
		}
	}
}

// tally is what has been sent of one question, and how the next request is to be sent.
type tally struct {
	attempts, throttled int
	at                  flow.Stamp // of the last
	trip                flow.Trip  // likewise
	retry               bool       // it repeats one whose failure may pass
	alone               bool       // the key is in doubt
}

// counts is an answer with nothing but what has been sent for it.
func (t *tally) counts() flow.Answer {
	return flow.Answer{Sent: t.at, Attempts: t.attempts, Throttled: t.throttled}
}

// try sends one request when its turn comes, and counts it. Errors are *apiError, or the context's.
func (c *Client) try(ctx context.Context, sent *tally, q flow.Question, stamp func() flow.Stamp) (flow.Answer, error) {
	wait := c.deps.Pace.Wait
	if sent.alone {
		end, err := c.deps.Pace.Alone(ctx)
		if err != nil {
			return flow.Answer{}, fmt.Errorf("waiting for the pace: %w", err)
		}
		defer end()
		wait = c.deps.Pace.space
	}
	key, failure := c.keys.key(ctx) // before the pace: those that wait for one key must not all send at once when it comes
	if failure != nil {
		return flow.Answer{}, knows(nil).failure(failure)
	}
	if err := wait(ctx); err != nil {
		return flow.Answer{}, fmt.Errorf("waiting for the pace: %w", err)
	}
	sent.at = stamp()
	sent.attempts++
	ended := c.deps.Trace.Request(c.deps.Account, sent.retry)
	used := common.NewTokenCredential(key.GetCredential()) // once: one that renews itself may return another the next time
	answer, trip, failure := c.once(ctx, used, q)
	sent.trip = trip
	ended(result(ctx, failure))
	if failure == nil {
		return answer, nil
	}
	if failure.code == codeTokenFailure {
		c.keys.refused(key)
	}
	return flow.Answer{}, knows(used).failure(failure)
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
	answer, failure := decode(reply.body, knows(key)...)
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
