package apisim

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The key that a simulator takes unless it is given another one.
const (
	DefaultID     = "AKIDsimulator"
	DefaultSecret = "simulator-secret-key"
)

// Options are what a simulator is made of. The zero value of each field but the credentials has a meaning of its own.
type Options struct {
	SecretID, SecretKey string
	Token               string                                     // the session token that goes with the key; empty: a permanent key
	Seed                uint64                                     // another seed, other numbers
	Wall                func() time.Time                           // for signatures and rate; nil: time.Now
	Now                 func() time.Time                           // the data clock; nil: Wall
	Settings            Settings                                   // all zero: DefaultSettings
	Wait                func(context.Context, time.Duration) error // for latencies; nil: a timer that ends with the context
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
	restated []restatement // by moment
	faults   []*faultRule
	limiter  limiter
	stats    statistics
	journal  journal
}

// New makes a simulator; it starts nothing. It panics if the settings are impossible, which only a programmer can bring about.
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

// Configure replaces all settings from the next request on; if they are impossible it says why and changes nothing.
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

// waitTimer waits for d or for the end of the context, whichever is first.
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
