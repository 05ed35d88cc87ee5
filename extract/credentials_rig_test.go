package extract_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
)

const (
	role     = "qcs::cam::uin/100000000001:roleName/mnaflow"
	takeRole = "AssumeRole"
	// keyLife is below the five minutes by which clocks may differ. A key is renewed after two minutes.
	keyLife = 4 * time.Minute
)

// taker is a rig whose client takes a role from the simulator's STS. Its clock is moved by hand.
type taker struct {
	*rig
	clock sync.Mutex
	at    time.Time
}

// take serves h, the simulator if it is nil, as STS and as the API.
func take(t *testing.T, h http.Handler, r *rig) *taker {
	t.Helper()
	if h == nil {
		h = r.sim
	}
	x := &taker{rig: r.serve(h), at: now}
	x.set(func(s *apisim.Settings) { s.KeyLife = apisim.Duration(keyLife) })
	x.use(extract.Key{ID: secretID, Secret: secretKey, Token: secretToken})
	return x
}

// use takes the role with the caller's key.
func (x *taker) use(k extract.Key) {
	x.t.Helper()
	k.Source, k.RoleARN, k.Session, k.Duration, k.Endpoint = "assume-role", role, "test", time.Hour, x.config.Endpoint
	credential, err := extract.Credential(k, environment(nil), x.now)
	if err != nil {
		x.t.Fatal(err)
	}
	x.deps.Credential = credential
}

func (x *taker) now() time.Time {
	x.clock.Lock()
	defer x.clock.Unlock()
	return x.at
}

// pass moves the client's clock; the server's clock runs by itself.
func (x *taker) pass(d time.Duration) {
	x.clock.Lock()
	defer x.clock.Unlock()
	x.at = x.at.Add(d)
}

// expire moves the server's clock beyond the life of all keys issued so far.
func (x *taker) expire() {
	x.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(keyLife + time.Second) })
}

func (x *taker) taken() int { return x.sim.Stats().Actions[takeRole] }

// signer is the secret id that signed the newest request to MNA.
func (x *taker) signer() string {
	for _, request := range slices.Backward(x.sim.Requests(0)) {
		if request.Action != takeRole {
			return request.SecretID
		}
	}
	return ""
}

// until fetches until a concurrent event has happened.
func (x *taker) until(happened func() bool) {
	x.t.Helper()
	for range 10_000 {
		if happened() {
			return
		}
		x.many(1)
	}
	x.t.Fatal("it did not happen")
}

// gate is the simulator whose STS waits from its second answer on.
type gate struct {
	sim             http.Handler
	mu              sync.Mutex
	passed          bool
	reached, opened chan struct{}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-TC-Action") == takeRole {
		g.mu.Lock()
		first := !g.passed
		g.passed = true
		g.mu.Unlock()
		if !first {
			g.reached <- struct{}{}
			<-g.opened
		}
	}
	g.sim.ServeHTTP(w, r)
}

func gated(t *testing.T) (*taker, *gate) {
	t.Helper()
	r := newRig(t)
	g := &gate{sim: r.sim, reached: make(chan struct{}, 100), opened: make(chan struct{})}
	return take(t, g, r), g
}
