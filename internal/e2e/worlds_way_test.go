package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mnaflow/mnaflow/internal/cli"
)

// key of a series, as requests and rows name it.
type key5 struct{ account, granularity, region, gateway, traffic string }

// asked is one request as the API saw it, and what it said.
type asked struct {
	seq        int
	by         *process
	series     key5
	begin, end int64     // half open
	machine    time.Time // the program's clock
	now        time.Time // the API's
	id         string
	code       string           // of an error
	points     map[int64]uint64 // by bucket, of those within the window
	broken     string           // why no such answer can be believed
	whole      bool             // a well-formed answer
}

func (a *asked) String() string {
	return fmt.Sprintf("#%d %v %s to %s at %s: %s%s, %d points", a.seq, a.series, hours(a.begin), hours(a.end), a.machine.Format(time.DateTime), a.code, a.broken, len(a.points))
}

func hours(second int64) string { return time.Unix(second, 0).UTC().Format("01-02T15:04") }

// process is one program that runs: a command with its own clock, and with ways of its own to the API and to the
// warehouse. When it is killed both end at once. Nothing that it still does reaches anybody, which is all that a
// process leaves when it dies.
type process struct {
	*simulated
	command command
	config  string
	setup   setup
	way     *proxy
	dead    atomic.Bool
	started time.Time
	began   time.Time
	forced  bool
	within  [2]time.Time // of a backfill; zero: none
	shared  bool         // it runs beside another
	unseen  bool         // something may have been stored since the last event
	before  *books       // what was stored when it started

	stay     sync.RWMutex // held while it stays at its point: nothing of it passes another one
	mu       sync.Mutex
	arrivals map[string]int
	ready    time.Time   // it has written that it runs, and has asked for nothing yet
	sent     []time.Time // when each request had its turn
}

var errKilled = errors.New("killed")

// program makes a process; it does not run yet.
func (s *simulated) program(c command) *process {
	p := &process{simulated: s, command: c, setup: s.setup, way: newProxy(s.t, s.db.Addr), arrivals: map[string]int{}}
	s.ways = append(s.ways, p.way)
	s.t.Cleanup(func() { p.before = nil }) // see forget
	var accounts strings.Builder
	for i, a := range s.accounts {
		front := httptest.NewServer(p.front(i))
		s.t.Cleanup(front.Close)
		for _, name := range s.setup.accounts {
			if name == a.name {
				fmt.Fprintf(&accounts, "  - {name: %s, endpoint: \"%s\", requests_per_second: %d, time_zone: %s}\n", name, front.URL, s.setup.rate, s.setup.zone)
			}
		}
	}
	u := s.setup
	file := fmt.Sprintf(`accounts:
%sextract:
  start: %s
  regions: [%s]
  traffic_types: [%s]
  gateway_types: [%s]
  settle: {hourly: %s, daily: %s}
  refresh: {hourly: %s, daily: %s}
  finality: %dd
  max_window: {hourly: %dd, daily: %dd}
clickhouse: {addresses: ["%s"], %s}
server: {listen: "127.0.0.1:0"}
`, accounts.String(), u.start, strings.Join(u.regions, ", "), strings.Join(u.traffic, ", "), strings.Join(u.gateways, ", "),
		u.settle[0], u.settle[1], u.refresh[0], u.refresh[1], u.finality, u.maxWindow[0], u.maxWindow[1], p.way.addr, s.login(c))
	p.config = filepath.Join(s.t.TempDir(), "config.yaml")
	if err := os.WriteFile(p.config, []byte(file), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (p *process) clock() time.Time { return p.now().Add(p.command.offset) }

// run runs the command to its end. reached, if given, is told of its points, before the command's own fate.
func (p *process) run(reached func(point string)) result {
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	p.started = p.clock()
	p.ranges()
	if p.before = p.last; p.loads() && (p.unseen || p.before == nil) {
		p.before = p.books()
	}
	if p.command.lost != "" {
		p.way.arm(p.command.lost, loseReply)
	}
	var stdout, stderr bytes.Buffer
	p.began = time.Now()
	code := cli.Run(ctx, cli.World{
		Args: append([]string{"--config", p.config}, p.command.args...), Env: keyEnv, Stdout: &stdout, Stderr: &stderr, Now: p.clock,
		Wait: func(ctx context.Context, _ time.Duration) error {
			if p.dead.Load() {
				return errKilled
			}
			if p.own { // the server takes its time to start
				select {
				case <-time.After(20 * time.Millisecond):
				case <-ctx.Done():
				}
			}
			return ctx.Err()
		},
		Trace: reaching(func(point string) {
			if p.dead.Load() {
				return
			}
			p.stay.RLock()
			p.stay.RUnlock() //nolint:staticcheck // only who is not held goes on
			p.mu.Lock()
			p.arrivals[point]++
			here := point == p.command.point && p.arrivals[point] == p.command.nth
			if point == "before request" {
				p.sent = append(p.sent, time.Now())
			}
			if point == "after run_states" && p.ready.IsZero() {
				p.ready = time.Now()
			}
			stop := p.command.args[0] == "schedule" && p.arrivals["after run_states"] == 2
			p.mu.Unlock()
			if stop { // its first pass has ended
				cancel()
			}
			if !here {
				return
			}
			if reached != nil {
				p.stay.Lock()
				reached(point)
				p.stay.Unlock()
			}
			switch {
			case p.command.killed:
				p.kill(cancel)
			case p.command.cut:
				p.way.endAll()
			case p.command.anew:
				p.restart()
			}
		}),
	})
	p.way.down()
	return result{code, stdout.String(), stderr.String()}
}

func (p *process) loads() bool {
	return slices.Contains([]string{"run", "backfill", "schedule"}, p.command.args[0])
}

// kill ends the process.
func (p *process) kill(cancel func()) {
	p.dead.Store(true)
	p.way.down()
	cancel()
}

// ranges notes what a backfill asks for.
func (p *process) ranges() {
	for i, arg := range p.command.args {
		p.forced = p.forced || arg == "--force"
		for j, flag := range []string{"--from", "--to"} {
			if arg == flag && strings.HasPrefix(p.command.args[i+1], "-") {
				n, err := strconv.Atoi(strings.Trim(p.command.args[i+1], "-d"))
				if err != nil {
					p.t.Fatal(err)
				}
				p.within[j] = p.started.AddDate(0, 0, -n)
			}
		}
	}
}

// front is the API of an account as this process reaches it. It keeps what was asked and answered.
func (p *process) front(account int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.dead.Load() {
			panic(http.ErrAbortHandler)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		a := p.notice(account, body)
		answer := &recorded{ResponseWriter: w}
		defer func() {
			p.mind(func() { a.read(answer.body.Bytes()) })
			if p.dead.Load() {
				panic(http.ErrAbortHandler)
			}
		}()
		p.sims[account].ServeHTTP(answer, r)
	})
}

// recorded keeps a copy of what is written.
type recorded struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (r *recorded) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

func (r *recorded) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// notice writes a request down.
func (p *process) notice(account int, body []byte) *asked {
	var q struct {
		BeginTime, EndTime                 int64
		Type, TimeGranularity, GatewayType int
		AccessRegion                       string
	}
	if err := json.Unmarshal(body, &q); err != nil {
		p.fault("a request that is no JSON: %s", body)
	}
	a := &asked{by: p, begin: q.BeginTime, end: q.EndTime + 1, machine: p.clock(), now: p.now()}
	a.series = key5{
		p.accounts[account].name, []string{"", "hourly", "daily"}[q.TimeGranularity], q.AccessRegion,
		[]string{"public", "private"}[q.GatewayType], []string{"", "uplink", "downlink", "total"}[q.Type],
	}
	if a.series.region == "" {
		a.series.region = "ALL"
	}
	p.mind(func() {
		a.seq = len(p.asked)
		p.asked = append(p.asked, a)
	})
	return a
}

// read understands an answer as far as it can be believed.
func (a *asked) read(body []byte) {
	var r struct {
		Response struct {
			Error      *struct{ Code string }
			RequestId  string
			NetDetails []struct {
				Current json.RawMessage
				Time    json.RawMessage
			}
			MaxValue, TotalValue float64
		}
	}
	if err := json.Unmarshal(body, &r); err != nil || r.Response.RequestId == "" {
		a.code = "no answer"
		return
	}
	a.id, a.whole = r.Response.RequestId, true
	if r.Response.Error != nil {
		a.code, a.whole = r.Response.Error.Code, false
		return
	}
	a.points = map[int64]uint64{}
	length := int64(3600)
	if a.series.granularity == "daily" {
		length = 86400
	}
	var sum, twice, most float64
	seen := map[int64]float64{}
	for _, p := range r.Response.NetDetails {
		at, err := strconv.ParseInt(strings.Trim(string(p.Time), `"`), 10, 64)
		value, err2 := strconv.ParseFloat(strings.Trim(string(p.Current), `"`), 64)
		if err != nil || err2 != nil || value < 0 || value > 1<<62 {
			a.broken = "a point that is none"
			return
		}
		bucket := a.begin + int64(math.Floor(float64(at-a.begin)/float64(length)))*length
		twice += value
		if before, double := seen[bucket]; double {
			if before != value {
				a.broken = "two values for a bucket"
			}
			continue
		}
		seen[bucket] = value
		sum, most = sum+value, max(most, value)
		switch {
		case bucket < a.begin-length || bucket >= a.end+length:
			a.broken = "a point far outside"
		case bucket >= a.begin && bucket < a.end:
			a.points[bucket] = uint64(math.Round(value))
		}
	}
	off := func(a, b float64) bool { return math.Abs(a-b) > max(float64(len(r.Response.NetDetails)), 1e-9*b) }
	if off(r.Response.TotalValue, sum) && off(r.Response.TotalValue, twice) || off(r.Response.MaxValue, most) {
		a.broken = "totals of something else"
	}
}

// endAll ends every connection; new ones are welcome.
func (p *proxy) endAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// lead lets new connections lead elsewhere.
func (p *proxy) lead(to string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = to
}
