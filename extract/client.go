// Package extract fetches one window of one series from Tencent Cloud's Multi-Network Aggregation (MNA) API and
// returns its points.
//
// It signs requests through the vendor's SDK, paces all requests of a key together, and retries where the class of
// the error allows it.
//
// Invariant: every request waits for its turn in the pace of its key, every wait ends with its context, and a body is
// decoded once, with no byte count rounded to a float64.
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

// Config says where requests go and how often one is retried.
type Config struct {
	Endpoint    string        // https://host, or http://host:port of a simulator
	Timeout     time.Duration // of one request
	MaxAttempts int           // requests for one window; those that were throttled do not count
}

// Dependencies are what a client works with.
type Dependencies struct {
	Account    string                 // the name that Trace sees
	Credential common.CredentialIface // from Credential, or any of the SDK's
	Pace       *Pace                  // shared by all clients that use one key
	Transport  http.RoundTripper      // nil: the client's own, which keeps 64 connections open

	Wait   func(ctx context.Context, d time.Duration) error // nil: a timer
	Random func() float64                                   // in [0, 1): the jitter of the back-off
	Log    *slog.Logger
	Trace  trace.Trace // called at each request
}

// Client sends requests with one key. It is safe for concurrent use.
type Client struct {
	config Config
	deps   Dependencies
	keys   keys
	signer *signer
}

// New returns a client. It sends nothing. The error is an endpoint that is no URL.
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

// Pace is the pace of the client's key. Other clients may share it.
func (c *Client) Pace() *Pace { return c.deps.Pace }

// Fetch requests the buckets of one window and retries until it has an answer or an error that a retry does not help.
// The window must start and end on bucket boundaries. Fetch calls stamp right before it sends each request; the
// answer carries the last stamp.
//
// The error is a *flow.Error, which counts the requests sent, or wraps the context's error. In the latter case the
// returned answer holds nothing but these counts.
func (c *Client) Fetch(
	ctx context.Context, s flow.Series, w flow.Window, stamp func() flow.Stamp,
) (flow.Answer, error) {
	answer, _, err := c.ask(ctx, fmt.Sprintf("asking for %s of %s", w, s), flow.WholeBuckets(s, w), stamp)
	return answer, err
}

// Ask sends a request with exactly the given times, which need not lie on bucket boundaries. It retries as Fetch does
// and returns the same errors. The trip describes the last request sent, also when there is an error.
func (c *Client) Ask(ctx context.Context, q flow.Request) (flow.Answer, flow.Trip, error) {
	doing := fmt.Sprintf("asking for %s to %s of %s", q.Begin.UTC().Format(time.RFC3339),
		q.End.UTC().Format(time.RFC3339), q.Series)
	return c.ask(ctx, doing, q, func() flow.Stamp { return flow.Stamp{} })
}

// ask is the loop of retries behind Fetch and Ask. doing starts the text of its errors.
func (c *Client) ask(
	ctx context.Context, doing string, q flow.Request, stamp func() flow.Stamp,
) (flow.Answer, flow.Trip, error) {
	budget := newBudget(c.config.MaxAttempts)
	var sent tally
	for {
		answer, err := c.try(ctx, &sent, q, stamp)
		failed, retriable := errors.AsType[*apiError](err)
		switch {
		case err == nil:
			c.deps.Pace.Accepted()
			answer.Sent, answer.Attempts, answer.Throttled = sent.at, sent.attempts, sent.throttled
			return answer, sent.trip, nil
		case !retriable: // the context ended while this one waited
			return sent.counts(), sent.trip, fmt.Errorf("%s: %w", doing, err)
		case ctx.Err() != nil:
			return sent.counts(), sent.trip, fmt.Errorf("%s: %w", doing, ctx.Err())
		}
		if failed.class == flow.Throttled {
			sent.throttled++
			if starved := c.deps.Pace.Throttled(); starved > 0 {
				c.deps.Log.Warn("the API throttles every request of this key: other programs or the console use up "+
					"its rate limit; stop them, or lower requests_per_second there",
					"for", starved.Round(time.Second), "requests_per_second", c.deps.Pace.PerSecond(),
					"series", q.Series.String(), "request_id", failed.requestID)
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
		c.deps.Log.Debug("trying again", "series", q.Series.String(), "begin", q.Begin, "end", q.End,
			"request_id", failed.requestID, "class", failed.class, "error", failed.Error(), "after", delay)
		if err := c.deps.Wait(ctx, delay); err != nil {
			return sent.counts(), sent.trip, fmt.Errorf("%s: waiting to try again: %w", doing, err)
		}
	}
}

// tally counts the requests sent for one window, and says how the next one is sent.
type tally struct {
	attempts, throttled int
	at                  flow.Stamp // when the last request was sent
	trip                flow.Trip  // of the last request
	retry               bool       // the next one is a retry after a transient failure
	alone               bool       // the API refused the key or the signature: retry alone, see Pace.Alone
}

// counts is an answer without points: only the counts.
func (t *tally) counts() flow.Answer {
	return flow.Answer{Sent: t.at, Attempts: t.attempts, Throttled: t.throttled}
}

// try waits for its turn, sends one request and counts it. The error is an *apiError, or wraps the context's.
func (c *Client) try(ctx context.Context, sent *tally, q flow.Request, stamp func() flow.Stamp) (flow.Answer, error) {
	wait := c.deps.Pace.Wait
	if sent.alone {
		end, err := c.deps.Pace.Alone(ctx)
		if err != nil {
			return flow.Answer{}, fmt.Errorf("waiting for the pace: %w", err)
		}
		defer end()
		wait = c.deps.Pace.space
	}
	// Get the key before the turn: many may wait for one renewal, and they must not all send at once when it is done.
	key, failure := c.keys.key(ctx)
	if failure != nil {
		return flow.Answer{}, secretsOf(nil).failure(failure)
	}
	if err := wait(ctx); err != nil {
		return flow.Answer{}, fmt.Errorf("waiting for the pace: %w", err)
	}
	sent.attempts++
	ended := c.deps.Trace.Request(c.deps.Account, sent.retry)
	sent.at = stamp() // after the trace, which may take its time
	// Read the key once: one that renews itself may return another the next time.
	used := common.NewTokenCredential(key.GetCredential())
	answer, trip, failure := c.once(ctx, used, q)
	sent.trip = trip
	ended(result(ctx, failure))
	if failure == nil {
		return answer, nil
	}
	if failure.code == codeTokenFailure {
		c.keys.invalidate(key)
	}
	return flow.Answer{}, secretsOf(used).failure(failure)
}

// once sends one request and decodes the answer.
func (c *Client) once(
	ctx context.Context, key common.CredentialIface, q flow.Request,
) (flow.Answer, flow.Trip, *apiError) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout,
		fmt.Errorf("no answer within %s (extract.timeout)", c.config.Timeout))
	defer cancel()
	reply, err := c.signer.send(ctx, key, newRequest(ctx, q))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return flow.Answer{}, reply.trip(), &apiError{class: flow.Transient, err: err}
	}
	answer, failure := decode(reply.body, secretsOf(key)...)
	if failure == nil && reply.status != http.StatusOK || failure != nil && failure.code == "" {
		if byStatus := classifyStatus(reply.status); byStatus != nil {
			byStatus.err = fmt.Errorf("%w%s", byStatus.err, statusAdvice(reply.status))
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
