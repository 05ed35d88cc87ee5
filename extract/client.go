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
	Credential common.CredentialIface
	Pace       *Pace                                            // shared by all clients that use one key
	Transport  http.RoundTripper                                // nil: a transport of the client's own, with idle connections for its pace
	Wait       func(ctx context.Context, d time.Duration) error // nil: a timer
	Random     func() float64                                   // in [0, 1); full jitter of the back-off
	Log        *slog.Logger
}

// Client asks for windows. It is safe for concurrent use.
type Client struct {
	config Config
	deps   Dependencies
	signer *signer
}

// New returns a client; it sends nothing.
func New(config Config, deps Dependencies) (*Client, error) {
	if deps.Wait == nil {
		deps.Wait = wait
	}
	s, err := newSigner(config.Endpoint, deps.Credential, deps.Transport)
	if err != nil {
		return nil, err
	}
	return &Client{config: config, deps: deps, signer: s}, nil
}

// Fetch asks for the buckets of one window, which starts and ends on bucket boundaries, until it is answered or the class of the error
// forbids another try. stamp is called right before each request is sent.
//
// Errors are *flow.Error, with the requests that were sent; or the context's.
func (c *Client) Fetch(ctx context.Context, s flow.Series, w flow.Window, stamp func() flow.Stamp) (flow.Answer, error) {
	doing := fmt.Sprintf("asking for %s of %s", w, s)
	budget := newBudget(c.config.MaxAttempts)
	var sent, throttled int
	for {
		if err := c.deps.Pace.Wait(ctx); err != nil {
			return flow.Answer{}, fmt.Errorf("%s: waiting for the pace: %w", doing, err)
		}
		at := stamp()
		sent++
		answer, err := c.once(ctx, s, w)
		if err == nil {
			c.deps.Pace.Passed()
			answer.Sent, answer.Attempts, answer.Throttled = at, sent, throttled
			return answer, nil
		}
		if ctx.Err() != nil {
			return flow.Answer{}, fmt.Errorf("%s: %w", doing, ctx.Err())
		}
		if err.class == flow.Throttled {
			throttled++
			c.deps.Pace.Refused()
		}
		delay, again := budget.next(err, c.deps.Random)
		if !again {
			return flow.Answer{}, &flow.Error{
				Class: err.final(), Doing: doing, RequestID: err.requestID,
				Sent: at, Attempts: sent, Throttled: throttled, Err: err,
			}
		}
		c.deps.Log.Debug("trying again", "series", s.String(), "window", w.String(), "request_id", err.requestID,
			"class", err.class, "error", err.Error(), "after", delay)
		if err := c.deps.Wait(ctx, delay); err != nil {
			return flow.Answer{}, fmt.Errorf("%s: waiting to try again: %w", doing, err)
		}
	}
}

// once sends one request and decodes what comes back.
func (c *Client) once(ctx context.Context, s flow.Series, w flow.Window) (flow.Answer, *apiError) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, fmt.Errorf("no answer within %s", c.config.Timeout))
	defer cancel()
	reply, err := c.signer.send(ctx, newRequest(ctx, s, w))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return flow.Answer{}, &apiError{class: flow.Transient, err: err}
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
	return answer, failure
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
