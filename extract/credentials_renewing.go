package extract

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"golang.org/x/sync/singleflight"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds of renewing.
const (
	renewalTimeout = 15 * time.Second // of one renewal, all its requests together
	renewalPause   = 10 * time.Second // after one that failed while the key at hand is still valid
	renewalMargin  = 2 * time.Minute  // at least this long before the key expires, or half its life
)

// keys hands out what to sign a request with.
type keys interface {
	// key returns the key to use now, or the context's error.
	key(ctx context.Context) (common.CredentialIface, *apiError)
	// refused says that the API no longer takes a key that key returned.
	refused(used common.CredentialIface)
}

// fixed is a key that never changes.
type fixed struct{ common.CredentialIface }

func (f fixed) key(context.Context) (common.CredentialIface, *apiError) {
	return f.CredentialIface, nil
}
func (fixed) refused(common.CredentialIface) {}

// Renewing is a temporary key that is renewed before it expires, once for all who sign with it. While the key is valid nobody waits for
// its successor; a key that the API refuses early counts as expired.
//
// The SDK's own temporary credentials ask under a lock without a timeout or a context, and a renewal that fails goes to the global log.
type Renewing struct {
	limit string // see Limit
	issue issuer
	now   func() time.Time

	renewals singleflight.Group

	mu           sync.Mutex
	held         *common.Credential // nil before the first
	due, expires time.Time
}

// issuer asks a service for a new key.
type issuer func(ctx context.Context) (issued, *apiError)

// issued is a new key. Its life is the difference of two times of the service's clock, so that this machine's may show what it likes, and
// counts from before the request.
type issued struct {
	key  *common.Credential
	life time.Duration
}

var _ common.CredentialIface = (*Renewing)(nil)

func (r *Renewing) key(ctx context.Context) (common.CredentialIface, *apiError) {
	held, fresh := r.current()
	if fresh {
		return held, nil
	}
	// The renewal is everybody's: it does not end with the context of the one who happened to start it.
	renewal := r.renewals.DoChan("", func() (any, error) { return r.renew(context.WithoutCancel(ctx)) })
	if held != nil {
		return held, nil
	}
	select {
	case got := <-renewal:
		if got.Err != nil {
			return nil, got.Err.(*apiError)
		}
		return got.Val.(*common.Credential), nil
	case <-ctx.Done():
		return nil, &apiError{class: flow.Transient, err: ctx.Err()}
	}
}

func (r *Renewing) refused(used common.CredentialIface) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if used == common.CredentialIface(r.held) { // another may have noticed before, and renewed it
		r.expires = time.Time{}
	}
}

// current returns the key if it is valid, and whether it will be for a while.
func (r *Renewing) current() (held *common.Credential, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if !now.Before(r.expires) {
		return nil, false
	}
	return r.held, now.Before(r.due)
}

func (r *Renewing) renew(ctx context.Context) (*common.Credential, error) {
	if held, fresh := r.current(); fresh { // a renewal ended between the caller's look at the key and here
		return held, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, renewalTimeout, fmt.Errorf("no answer within %s", renewalTimeout))
	defer cancel()
	asked := r.now()
	got, err := r.issue(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.due = r.now().Add(renewalPause)
		return nil, err
	}
	r.held, r.expires = got.key, asked.Add(got.life)
	r.due = r.expires.Add(-min(max(got.life/10, renewalMargin), got.life/2))
	return got.key, nil
}

// GetCredential returns the key of the last renewal, empty before the first. It asks nobody: a client of this package renews it.
func (r *Renewing) GetCredential() (id, secret, token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		return "", "", ""
	}
	return r.held.GetCredential()
}

// GetSecretId is part of GetCredential.
func (r *Renewing) GetSecretId() string { id, _, _ := r.GetCredential(); return id }

// GetSecretKey is part of GetCredential.
func (r *Renewing) GetSecretKey() string { _, secret, _ := r.GetCredential(); return secret }

// GetToken is part of GetCredential.
func (r *Renewing) GetToken() string { _, _, token := r.GetCredential(); return token }
