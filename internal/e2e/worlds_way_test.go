package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
				fmt.Fprintf(&accounts, "  - {name: %s, endpoint: \"%s\", requests_per_second: %d, time_zone: %s}\n",
					name, front.URL, s.setup.rate, s.setup.zone)
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
`, accounts.String(), u.start,
		strings.Join(u.regions, ", "), strings.Join(u.traffic, ", "), strings.Join(u.gateways, ", "),
		u.settle[0], u.settle[1], u.refresh[0], u.refresh[1], u.finality, u.maxWindow[0], u.maxWindow[1],
		p.way.addr, s.login(c))
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
		Args: append([]string{"--config", p.config}, p.command.args...),
		Env:  keyEnv, Stdout: &stdout, Stderr: &stderr, Now: p.clock,
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
