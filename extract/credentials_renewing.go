package extract

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

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

	mu           sync.Mutex
	held         *common.Credential // nil before the first
	due, expires time.Time
	running      *renewal // nil: none
}

// renewal is one under way; its result may be read once it has ended.
type renewal struct {
	ended chan struct{}
	key   *common.Credential
	err   *apiError
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

func (r *Renewing) refused(used common.CredentialIface) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if used == common.CredentialIface(r.held) { // another may have noticed before, and renewed it
		r.expires = time.Time{}
	}
}

// look returns the key if it is valid, or else the renewal to wait for. It starts one when it is time and none is under way.
func (r *Renewing) look(ctx context.Context) (*common.Credential, *renewal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	valid := now.Before(r.expires)
	if r.running == nil && (!valid || !now.Before(r.due)) {
		r.running = &renewal{ended: make(chan struct{})}
		go r.renew(context.WithoutCancel(ctx), r.running) // it is everybody's, and does not end with the one who happened to start it
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
	asked := r.now()
	got, err := r.issue(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = nil
	if to.key, to.err = got.key, err; err != nil {
		r.due = r.now().Add(renewalPause)
		return
	}
	r.held, r.expires = got.key, asked.Add(got.life)
	r.due = r.expires.Add(-min(max(got.life/10, renewalMargin), got.life/2))
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
