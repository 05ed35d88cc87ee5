package extract_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secretID    = "AKIDexample"
	secretKey   = "a-secret-key-that-nobody-may-see"
	secretToken = "a-token-that-nobody-may-see"
)

// now is the moment up to which the simulator has data; signatures go by the real clock.
var now = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

var (
	hourly = flow.Series{Account: "main", Granularity: flow.Hourly, Region: flow.MainlandChina, Gateway: flow.Public,
		Traffic: flow.Total}
	daily = flow.Series{Account: "main", Granularity: flow.Daily, Region: flow.AllRegions, Gateway: flow.Private,
		Traffic: flow.Uplink}
	// aDay starts at midnight UTC+8.
	aDay = flow.Window{Begin: time.Date(2026, 5, 9, 16, 0, 0, 0, time.UTC),
		End: time.Date(2026, 5, 10, 16, 0, 0, 0, time.UTC)}
)

// rig holds the dependencies of a client, which the test may change before it makes the client.
type rig struct {
	t      testing.TB
	sim    *apisim.Simulator
	config extract.Config
	deps   extract.Dependencies

	mu     sync.Mutex
	waits  []time.Duration
	stamps int
	log    bytes.Buffer
}

// newRig has a simulator without a rate limit, a pace that costs no time, and a Wait that records waits and returns
// at once.
func newRig(t testing.TB, change ...func(*apisim.Settings)) *rig {
	t.Helper()
	settings := apisim.DefaultSettings()
	settings.Rate = 0
	for _, c := range change {
		c(&settings)
	}
	r := &rig{t: t, config: extract.Config{Timeout: time.Minute, MaxAttempts: 6}}
	r.sim = apisim.New(apisim.Options{
		SecretID: secretID, SecretKey: secretKey, Token: secretToken, Seed: 1, Now: func() time.Time { return now },
		Settings: settings,
	})
	r.deps = extract.Dependencies{
		Credential: common.NewTokenCredential(secretID, secretKey, secretToken),
		Pace:       extract.NewPace(1e9, time.Now),
		Wait: func(ctx context.Context, d time.Duration) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.waits = append(r.waits, d)
			return ctx.Err()
		},
		Random: func() float64 { return 0.5 },
		Log:    slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return r
}

// serve starts a real server for h.
func (r *rig) serve(h http.Handler) *rig {
	server := httptest.NewServer(h)
	r.t.Cleanup(server.Close)
	r.config.Endpoint = server.URL
	return r
}

// online starts a real server for the simulator, with faults.
func online(t testing.TB, faults ...apisim.Fault) *rig {
	t.Helper()
	r := newRig(t)
	r.faults(faults...)
	return r.serve(r.sim)
}

func (r *rig) faults(rules ...apisim.Fault) {
	r.t.Helper()
	if err := r.sim.AddFaults(rules...); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) set(change func(*apisim.Settings)) {
	r.t.Helper()
	s := r.sim.Settings()
	change(&s)
	if err := r.sim.Configure(s); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) client() *extract.Client {
	r.t.Helper()
	c, err := extract.New(r.config, r.deps)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// stamp returns stamps with ascending versions.
func (r *rig) stamp() flow.Stamp {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stamps++
	return flow.Stamp{At: now.Add(time.Duration(r.stamps) * time.Second), Version: uint64(r.stamps)}
}

func (r *rig) fetch(s flow.Series, w flow.Window) (flow.Answer, error) {
	return r.client().Fetch(context.Background(), s, w, r.stamp)
}

// begin fetches in the background and sends the result.
func (r *rig) begin(ctx context.Context) <-chan error {
	client, ended := r.client(), make(chan error, 1)
	go func() {
		_, err := client.Fetch(ctx, hourly, aDay, r.stamp)
		ended <- err
	}()
	return ended
}

// many fetches n times at once.
func (r *rig) many(n int) {
	r.t.Helper()
	client := r.client()
	var all errgroup.Group
	for range n {
		all.Go(func() error {
			_, err := client.Fetch(context.Background(), hourly, aDay, r.stamp)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		r.t.Error(err)
	}
}

// last is the newest request that the simulator answered.
func (r *rig) last() apisim.Request {
	r.t.Helper()
	journal := r.sim.Requests(1)
	if len(journal) == 0 {
		r.t.Fatal("the simulator has seen no request")
	}
	return journal[0]
}

// failure returns err as a *flow.Error, after checking that neither it nor the log holds a secret.
func (r *rig) failure(err error) *flow.Error {
	r.t.Helper()
	if err == nil {
		r.t.Fatal("no error")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range []string{err.Error(), r.log.String()} {
		for _, secret := range []string{secretKey, secretToken, "TC3-HMAC-SHA256", "Signature="} {
			if strings.Contains(text, secret) {
				r.t.Errorf("%q stands in: %s", secret, text)
			}
		}
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		r.t.Errorf("an error of several lines: %q", err)
	}
	failure, ok := errors.AsType[*flow.Error](err)
	if !ok {
		r.t.Fatalf("no *flow.Error: %v", err)
	}
	return failure
}

// truth is what the API should answer: a point for each bucket with traffic.
func (r *rig) truth(s flow.Series, w flow.Window) []flow.Point {
	var out []flow.Point
	for row := range r.sim.Truth(apisim.Query{
		Granularity: string(s.Granularity), Region: string(s.Region), Gateway: string(s.Gateway),
		Traffic: string(s.Traffic),
		Begin:   w.Begin, End: w.End,
	}) {
		out = append(out, flow.Point{Time: row.Begin, Bytes: row.Bytes})
	}
	return out
}

// plain returns points with Fractional cleared.
func plain(points []flow.Point) []flow.Point {
	out := slices.Clone(points)
	for i := range out {
		out[i].Fractional = false
	}
	return out
}
