package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/load"
)

// fault is one row of the table: what goes wrong in the middle of a backfill, and what is expected of the run and of
// the warehouse. The backfill is of one hourly series, a window a day, nine in all; unless the row says otherwise the
// fifth has the fault. Then the fault is over, 40 minutes pass, and a plain run makes the views equal the truth, with
// each change in flow_revisions once.
type fault struct {
	name string

	// What goes wrong.
	api      []apisim.Fault         // the simulator's, of the account main; of its fifth window, or of what follows After
	settings func(*apisim.Settings) // the simulator's, from the fifth request on
	// done when the fifth window has been asked for, before any answer to it and those after it
	midway func(*trial)

	// How it comes about.
	extract string       // more lines of the configuration's section extract
	loaded  bool         // all had been loaded before, so that the backfill is forced and meets what is held
	stored  bool         // midway waits until the first four windows are in the ledger
	place   func(*trial) // says where the warehouse is, before anything is done with it; no other row uses its tables
	before  func(*trial) // done before the backfill
	over    func(*trial) // ends what midway or before began; the simulator's faults and settings end by themselves

	// What is expected of the run.
	exit     int
	class    string   // in the ledger, of the windows that failed
	failed   span     // windows
	requests span     // of the account main
	retries  span     // times that anything was tried again
	says     []string // on stderr

	// What is expected of the warehouse: nothing doubled, wrong or extra, and nothing missing that an accepted answer
	// covers, but
	lacks int // buckets, which the answers left out
	check func(*trial)
}

// span is how many there may be.
type span struct{ least, most int }

func exactly(n int) span           { return span{n, n} }
func between(least, most int) span { return span{least, most} }

func (s span) holds(n int) bool { return s.least <= n && n <= s.most }

// The backfill of a trial.
const (
	faultExtract = `
  start: 2026-11-10
  regions: [MC]
  traffic_types: [total]
  gateway_types: [public]
  granularities: [hourly]
`
	faultWindow  = "  max_window: {hourly: 1d}\n"
	faultWindows = 9
	// faultWorkers is how many trials run at once: they wait for the pace more than they work.
	faultWorkers = 8
)

// fifth lies in the fifth window, which is not final: what is wrong in it is asked for again.
var fifth = time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC)

// faultBegin is the first instant that a trial loads.
var faultBegin = time.Date(2026, 11, 9, 16, 0, 0, 0, time.UTC)

// TestFaults tries every third row of each kind, and at full width every row. What a row says of the API's error codes
// and of the way is tested in extract row by row, too.
func TestFaults(t *testing.T) {
	t.Parallel()
	var faults []fault
	for _, kind := range [][]fault{codeFaults(), wayFaults(), payloadFaults(), warehouseFaults()} {
		faults = append(faults, sample(3, kind)...)
	}
	told := make([]string, len(faults))
	next := make(chan int)
	var workers sync.WaitGroup
	for range faultWorkers {
		shared := &database{DB: chtest.Open(t)}
		workers.Go(func() {
			for i := range next {
				t.Run(faults[i].name, func(t *testing.T) { told[i] = try(t, shared, faults[i]) })
			}
		})
	}
	for _, i := range slowestFirst(faults) {
		next <- i
	}
	close(next)
	workers.Wait()
	told = slices.DeleteFunc(told, func(s string) bool { return s == "" }) // not asked for by -run
	t.Logf("%d faults\n%s", len(told), strings.Join(told, "\n"))
}

// slowestFirst is the order in which the rows are tried: those that wait for a batch are not left for the end.
func slowestFirst(faults []fault) []int {
	order := make([]int, len(faults))
	for i := range order {
		order[i] = i
	}
	weight := func(f fault) int {
		if f.place != nil {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight(faults[a]), weight(faults[b])) })
	return order
}

// trial is a row being tried.
type trial struct {
	*rig
	fault     fault
	proxy     *proxy          // of the warehouse, if the row has put one there
	server    *chlocal.Server // of the trial's own, likewise
	restart   func()          // of that server
	interrupt context.CancelFunc
	others    uint64 // requests of another program
	patient   bool   // whoever waits to try again has minutes left for it

	moments []time.Time // at which something was asked for
	asked   atomic.Int32
	retried atomic.Int32
	struck  atomic.Bool // the backfill has begun
	onRetry atomic.Pointer[func(n int, d time.Duration)]
	midway  sync.Once
}

// database is one that rows use one after the other: one for each would cost more than the row.
type database struct {
	chtest.DB
	migrated bool
}

// try tries a row and returns the line that says what came of it.
func try(t *testing.T, db *database, f fault) string {
	t.Helper()
	settings := unlimited()
	settings.Latency = apisim.Duration(time.Millisecond)
	tr := &trial{fault: f, interrupt: func() {}}
	section := faultExtract + f.extract
	if !strings.Contains(section, "max_window") {
		section += faultWindow
	}
	if f.place != nil { // it may alter the tables
		db = &database{DB: chtest.Open(t)}
	}
	tr.rig = newRigOn(t, db.DB, start, settings, section, func(ctx context.Context, _ time.Duration) error {
		return tr.answer(ctx)
	})
	tr.rig.wait = tr.pause
	command := []string{"backfill", "--from", "2026-11-10"}
	if f.place != nil {
		f.place(tr)
	}
	tr.prepare(db)
	before := map[cell]*value{}
	if f.loaded {
		tr.must("run")
		tr.moments = append(tr.moments, tr.clock())
		before = tr.held(&comparison{}, shanghai)
		tr.advance(40 * time.Minute)
		command = append(command, "--force")
	}

	if f.before != nil {
		f.before(tr)
	}
	tr.strike()
	tr.moments = append(tr.moments, tr.clock())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tr.interrupt = cancel
	got := tr.doEnv(ctx, keyEnv, command...)
	retries := int(tr.retried.Load())
	tr.end()
	line := fmt.Sprintf("%-64s exit %d %s", f.name, got.code, tr.judge(got, retries))
	faulty := tr.judgeViews("after the fault", before, f.lacks)

	tr.advance(40 * time.Minute)
	tr.moments = append(tr.moments, tr.clock())
	tr.must("run")
	after := tr.judgeViews("after the next run", faulty.held, 0)
	if after.missing > 0 {
		t.Errorf("after the next run: %s", after)
	}
	line += fmt.Sprintf("  rows %3d missing %3d other %d ",
		faulty.rows, faulty.missing, faulty.doubled+faulty.wrong+faulty.extra)
	return line + fmt.Sprintf("  then rows %3d missing %d doubled %d wrong %d extra %d",
		after.rows, after.missing, after.doubled, after.wrong, after.extra)
}

// prepare makes the tables, or removes what another row has left in them: all but the calendar and the series, which
// are the same for all.
func (tr *trial) prepare(db *database) {
	tr.t.Helper()
	if !db.migrated {
		tr.must("migrate")
		db.migrated = true
		return
	}
	for _, table := range load.Tables() {
		if table != "days" && table != "series" {
			tr.exec("TRUNCATE TABLE " + table)
		}
	}
}

// strike arms the faults.
func (tr *trial) strike() {
	tr.t.Helper()
	for _, f := range tr.fault.api {
		if f.After == 0 {
			f.Match.Contains = fifth
		}
		f.Match.SecretID = cmp.Or(f.Match.SecretID, apisim.DefaultID)
		if err := tr.sim.AddFaults(f); err != nil {
			tr.t.Fatal(err)
		}
	}
	tr.sim.ResetStats()
	tr.retried.Store(0)
	tr.struck.Store(true)
}

// end ends what is wrong.
func (tr *trial) end() {
	tr.t.Helper()
	tr.sim.ClearFaults()
	settings := unlimited()
	if err := tr.sim.Configure(settings); err != nil {
		tr.t.Fatal(err)
	}
	if tr.fault.over != nil {
		tr.fault.over(tr)
	}
}

// answer is called by the simulator before each answer.
func (tr *trial) answer(ctx context.Context) error {
	if !tr.struck.Load() {
		return ctx.Err()
	}
	n := int(tr.asked.Add(1))
	if tr.fault.settings != nil && n == faultWindows/2 {
		tr.midway.Do(func() {
			set := tr.sim.Settings()
			tr.fault.settings(&set)
			if err := tr.sim.Configure(set); err != nil {
				tr.t.Error(err)
			}
		})
	}
	if tr.fault.midway != nil && n > faultWindows/2 {
		tr.midway.Do(func() { // the others wait for it
			if tr.fault.stored {
				tr.proxy.awaitLedger(ctx)
			}
			tr.fault.midway(tr)
		})
	}
	return ctx.Err()
}

// pause stands for the waits between tries, which cost no time here.
func (tr *trial) pause(ctx context.Context, d time.Duration) error {
	n := int(tr.retried.Add(1))
	if d < 0 || d > 20*time.Second {
		tr.t.Errorf("a wait of %s", d)
	}
	if by, bounded := ctx.Deadline(); tr.patient && bounded && time.Until(by) < time.Minute {
		tr.t.Errorf("it gives up in %s", time.Until(by).Round(time.Second))
	}
	if told := tr.onRetry.Load(); told != nil {
		(*told)(n, d)
	}
	return ctx.Err()
}

// whenRetrying has f told of each wait between tries from now on.
func (tr *trial) whenRetrying(f func(n int, d time.Duration)) { tr.onRetry.Store(&f) }

// move lets the account ask another endpoint.
func (tr *trial) move(endpoint string) {
	tr.t.Helper()
	data, err := os.ReadFile(tr.config)
	if err != nil {
		tr.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), `endpoint: "`)
	old, _, _ := strings.Cut(rest, `"`)
	tr.edit(old, endpoint)
}
