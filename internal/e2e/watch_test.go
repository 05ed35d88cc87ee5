package e2e

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/cli"
	"github.com/mnaflow/mnaflow/internal/schedule"
)

// watched is a schedule that runs.
type watched struct {
	*rig
	url    string
	lines  journal
	cancel context.CancelFunc
	code   chan int
	tick   func() // starts a pass, if none is under way
}

// journal passes on each line of a log as it is written.
type journal chan string

func (j journal) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		j <- line
	}
	return len(p), nil
}

// leaving is how long a process may take to leave after a signal.
const leaving = 10 * time.Second

// watch starts schedule, whose entries never come due: tick starts a pass.
func (r *rig) watch() *watched {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	w := &watched{rig: r, lines: make(journal, 1<<16), cancel: cancel, code: make(chan int, 1)}
	go func() {
		w.code <- cli.Run(ctx, cli.World{
			Args: []string{"--config", r.config, "schedule"}, Env: r.env, Stdout: io.Discard, Stderr: w.lines, Now: r.clock,
			Clock: func(_ []schedule.Entry, tick func(string)) (func(), error) {
				w.tick = func() { tick("test") }
				return func() {}, nil
			},
		})
	}()
	_, rest, _ := strings.Cut(w.next("msg=serving"), "address=")
	address, _, _ := strings.Cut(rest, " ")
	w.url = "http://" + address
	return w
}

// pass starts a pass and waits for the line of the log that says how it ended. A tick during a pass is skipped, and the
// one before may be about to end.
func (w *watched) pass(parts ...string) {
	w.t.Helper()
	w.tick()
	for {
		line := w.next("msg=")
		switch {
		case strings.Contains(line, "tick skipped"):
			w.tick()
		case !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }):
			return
		}
	}
}

// next waits for a line of the log that has every part.
func (w *watched) next(parts ...string) string {
	w.t.Helper()
	for {
		select {
		case line := <-w.lines:
			if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
				return line
			}
		case code := <-w.code:
			w.t.Fatalf("schedule ended with %d while the log was to say %q", code, parts)
		}
	}
}

// stop ends the schedule as a signal does, which takes little time.
func (w *watched) stop() {
	w.t.Helper()
	before := time.Now()
	w.cancel()
	if code := <-w.code; code != 0 {
		w.t.Errorf("schedule ended with %d", code)
	}
	if took := time.Since(before); took > leaving {
		w.t.Errorf("it took %s to stop", took)
	}
}

// closed fails if something still listens where the schedule did. Beside other tests one of theirs may, on the same
// port.
func (w *watched) closed() {
	w.t.Helper()
	if conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://")); err == nil {
		_ = conn.Close()
		w.t.Error("it still listens")
	}
}

func (w *watched) get(path string) (int, string) {
	w.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// ready fails unless the probe answers code and says every part.
func (w *watched) ready(code int, parts ...string) {
	w.t.Helper()
	got, text := w.get("/readyz")
	if got != code {
		w.t.Errorf("/readyz answers %d, want %d:\n%s", got, code, text)
	}
	mention(w.t, text, parts...)
}

// scrape returns the values of this program's own series, of histograms the count, by name and label values.
func (w *watched) scrape() map[string]float64 {
	w.t.Helper()
	_, text := w.get("/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		w.t.Errorf("promlint: %v %v", problems, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]float64{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			key, own := strings.CutPrefix(name, "mnaflow_")
			for _, l := range m.GetLabel() {
				key += " " + l.GetValue()
			}
			if own { // of the three only one is set
				out[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return out
}

// want compares some of what was scraped.
func (w *watched) want(got map[string]float64, want map[string]float64) {
	w.t.Helper()
	for key, v := range want {
		if got[key] != v {
			w.t.Errorf("mnaflow_%s is %v, want %v", key, got[key], v)
		}
	}
}

// The metrics say what the warehouse says; standing still shows, and so does its end. Not parallel, so that what leaks
// is its own.
func TestScheduleIsWatched(t *testing.T) {
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent(), chtest.IgnoreServer(),
		// Connections to the simulator are kept until the process ends, on both sides.
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("net/http.(*conn).serve"))
	version := strings.TrimSuffix(strings.Fields(r.must("version").stdout)[1], ",")
	w := r.watch()
	w.next("msg=pass", "state=done")
	first := w.scrape()
	w.ready(200, "ok   warehouse", "ok   scheduler", "ok   progress")
	covered := r.scalar("SELECT sum(covered_buckets) FROM flow_coverage WHERE granularity = 'hourly'")
	rows := r.scalar("SELECT count() FROM facts WHERE granularity = 'hourly'")
	w.want(first, map[string]float64{
		"freshness_timestamp_seconds main hourly":         float64(time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC).Unix()),
		"freshness_timestamp_seconds main daily":          float64(time.Date(2026, 11, 17, 16, 0, 0, 0, time.UTC).Unix()),
		"buckets main hourly covered":                     float64(covered),
		"requests_total main answered":                    8,
		"windows_total main hourly accepted":              4,
		"rows_total main hourly":                          float64(rows),
		"due_windows main hourly":                         0,
		"request_duration_seconds":                        8,
		"pace_requests_per_second main":                   20,
		"pace_limit_requests_per_second main":             20,
		"last_success_timestamp_seconds":                  float64(start.Unix()),
		"standing_still":                                  0,
		"build_info " + runtime.Version() + " " + version: 1,
	})
	for _, table := range []string{"history", "facts", "ledger", "series", "days", "run_states"} {
		if first["insert_duration_seconds "+table] == 0 {
			t.Errorf("no insert into %s was timed", table)
		}
	}

	if err := r.sim.AddFaults(apisim.Fault{Code: "AuthFailure.SecretIdNotFound"}); err != nil {
		t.Fatal(err)
	}
	r.advance(4 * time.Hour) // the hours that are not final are due again, and three periods of the schedule have passed
	w.pass("msg=pass", "state=denied")
	still := w.scrape()
	w.want(still, map[string]float64{"standing_still": 1})
	w.ready(503, "ok   warehouse", "ok   scheduler", "FAIL progress: the last pass that succeeded ended at 2026-11-18T",
		"and three periods of the schedule were over at")
	if still["requests_total main denied"] == 0 || still["passes_total denied"] == 0 ||
		still["windows_total main hourly failed"] == 0 || still["due_windows main hourly"] == 0 {
		t.Errorf("the metrics do not show what goes wrong: %v", still)
	}

	r.sim.ClearFaults()
	w.pass("msg=pass", "state=done")
	good := w.scrape()
	w.want(good, map[string]float64{"standing_still": 0, "due_windows main hourly": 0})
	w.ready(200)
	if a, b := slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(good)); !slices.Equal(a, b) {
		t.Errorf("passes added series:\n%s\nthen\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	w.stop()
	w.closed()
}

// The program is not ready while the warehouse is away, alive all the same, and ready again when it is back.
func TestReadyFollowsTheWarehouse(t *testing.T) {
	t.Parallel()
	options := chlocal.Options{Path: t.TempDir()}
	server := chtest.Server(t, options)
	_, port, err := net.SplitHostPort(server.TCPAddr())
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, start, unlimited(), few)
	r.moveTo(chtest.On(server, r.db.Name))
	r.must("migrate")
	w := r.watch()
	w.next("msg=pass", "state=done")
	w.ready(200)

	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	w.ready(200) // for a few seconds more
	r.advance(10 * time.Second)
	w.ready(503, "FAIL warehouse", "ClickHouse at "+server.TCPAddr()+" cannot be reached", "ok   scheduler",
		"ok   progress")
	if code, _ := w.get("/healthz"); code != 200 {
		t.Errorf("/healthz answers %d", code)
	}
	w.scrape()

	options.Password = server.Password()
	if options.TCPPort, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	chtest.Server(t, options)
	r.advance(10 * time.Second)
	w.ready(200)
	w.stop()
}
