package apisim

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The key that callers use for a simulator if they have no other.
const (
	DefaultID     = "AKIDsimulator"
	DefaultSecret = "simulator-secret-key"
)

// Options configure a simulator. Only the credentials are required.
type Options struct {
	SecretID, SecretKey string
	Token               string           // the token of a temporary key; empty: a permanent key
	Seed                uint64           // each seed gives other numbers
	Wall                func() time.Time // for signatures and the rate; nil: time.Now
	Now                 func() time.Time // the data clock; nil: Wall
	Settings            Settings         // all zero: DefaultSettings
	// Wait waits for latencies; nil: a timer that ends with the context.
	Wait func(context.Context, time.Duration) error
}

// Simulator is the API and its control interface, as one http.Handler. It is safe for concurrent use.
type Simulator struct {
	seed      uint64
	wall, now func() time.Time
	wait      func(context.Context, time.Duration) error
	control   http.Handler

	mu       sync.Mutex
	settings Settings
	clock    dataClock
	keys     map[string]Key
	restated []restatement // in the order in which they apply
	faults   []*faultRule
	limiter  limiter
	stats    statistics
	journal  journal
}

// New returns a simulator. It starts nothing. It panics if the settings are invalid.
func New(o Options) *Simulator {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Now == nil {
		o.Now = o.Wall
	}
	if o.Wait == nil {
		o.Wait = waitTimer
	}
	if o.Settings == (Settings{}) {
		o.Settings = DefaultSettings()
	}
	s := &Simulator{seed: mix(o.Seed), wall: o.Wall, now: o.Now, wait: o.Wait, keys: map[string]Key{}}
	s.control = s.controlRoutes()
	if err := s.Configure(o.Settings); err != nil {
		panic("apisim: " + err.Error())
	}
	s.AddKey(Key{SecretID: o.SecretID, SecretKey: o.SecretKey, Token: o.Token})
	s.ResetStats()
	return s
}

// Settings returns the settings in force.
func (s *Simulator) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Configure replaces all settings, for requests from now on. If they are invalid, it changes nothing and returns all
// faults.
func (s *Simulator) Configure(set Settings) error {
	if set.RetentionMode == "" {
		set.RetentionMode = RetentionError
	}
	if err := set.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = set
	return nil
}

// ServeHTTP answers the API at / and the control interface under /control/.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/control/"):
		s.control.ServeHTTP(w, r)
	case r.URL.Path == "/":
		s.serveAPI(w, r)
	default:
		http.NotFound(w, r)
	}
}

// waitTimer waits for d, or returns the context's error if that ends first.
func waitTimer(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
