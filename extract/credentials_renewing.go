package extract

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Times of a renewal.
const (
	renewalTimeout = 15 * time.Second // for all requests of one renewal together
	renewalPause   = 10 * time.Second // before the next try, when one failed while the old key is still valid
	// a renewal starts at least this long before expiry, but not before half the key's life
	renewalMargin = 2 * time.Minute
)

// keys hands out the key for each request.
type keys interface {
	// key returns the key to use now, or the context's error.
	key(ctx context.Context) (common.CredentialIface, *apiError)
	// invalidate reports that the API refused a key that key returned.
	invalidate(used common.CredentialIface)
}

// fixed is a key that never changes.
type fixed struct{ common.CredentialIface }

func (f fixed) key(context.Context) (common.CredentialIface, *apiError) {
	return f.CredentialIface, nil
}
func (fixed) invalidate(common.CredentialIface) {}

// Renewing is a temporary key that renews itself before it expires. All requests share it and one renewal at a time.
// While the key is valid, no request waits for a renewal. A key that the API refuses counts as expired.
//
// The SDK has temporary credentials too, but they renew under a lock, without a timeout or a context, and log
// failures globally.
type Renewing struct {
	limit string // see Limit
	issue issuer
	now   func() time.Time

	mu           sync.Mutex
	held         *common.Credential // nil before the first renewal
	due, expires time.Time          // when to start the next renewal, when held expires
	running      *renewal           // nil: none
}

// renewal is one renewal. Read key and err only after ended is closed.
type renewal struct {
	ended chan struct{}
	key   *common.Credential
	err   *apiError
}

// issuer fetches a new key from a service.
type issuer func(ctx context.Context) (issued, *apiError)

// issued is a new key. Its life, counted from before the request was sent, is a difference of two times of the
// service's clock: it is right even if this machine's clock is wrong.
type issued struct {
	key  *common.Credential
	life time.Duration
}

var _ common.CredentialIface = (*Renewing)(nil)

func (r *Renewing) key(ctx context.Context) (common.CredentialIface, *apiError) {
	held, renewal := r.look(ctx)
	if held != nil {
		return held, nil
	}
	select {
	case <-renewal.ended:
		return renewal.key, renewal.err
	case <-ctx.Done():
		return nil, &apiError{class: flow.Transient, err: ctx.Err()}
	}
}

func (r *Renewing) invalidate(used common.CredentialIface) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if used == common.CredentialIface(r.held) { // else another request has already had it renewed
		r.expires = time.Time{}
	}
}

// look returns the key if it is valid, or else the renewal to wait for. It starts a renewal when one is due and none
// is running.
func (r *Renewing) look(ctx context.Context) (*common.Credential, *renewal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	valid := now.Before(r.expires)
	if r.running == nil && (!valid || !now.Before(r.due)) {
		r.running = &renewal{ended: make(chan struct{})}
		// All requests wait for this renewal, so it must outlive the request that happened to start it.
		go r.renew(context.WithoutCancel(ctx), r.running)
	}
	if valid {
		return r.held, nil
	}
	return nil, r.running
}

func (r *Renewing) renew(ctx context.Context, to *renewal) {
	defer close(to.ended)
	ctx, cancel := context.WithTimeoutCause(ctx, renewalTimeout, fmt.Errorf("no answer within %s", renewalTimeout))
	defer cancel()
	began := r.now()
	got, err := r.issue(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = nil
	if to.key, to.err = got.key, err; err != nil {
		r.due = r.now().Add(renewalPause)
		return
	}
	r.held, r.expires = got.key, began.Add(got.life)
	r.due = r.expires.Add(-min(max(got.life/10, renewalMargin), got.life/2))
}

// GetCredential returns the key of the last renewal, empty before the first. It does not renew: a Client does.
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
