package warehouse_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// An insert that is over leaves the connection to the next query alone, also on a busy machine: the driver watches the
// context of an insert from a goroutine that may look only when the insert is long done, and closes the connection if
// the context has ended by then.
func TestInsertsLeaveTheirConnection(t *testing.T) {
	w, _ := open(t)
	var stop atomic.Bool
	var busy sync.WaitGroup
	for range 16 * runtime.GOMAXPROCS(0) {
		busy.Go(func() {
			for !stop.Load() {
				runtime.Gosched()
			}
		})
	}
	defer busy.Wait()
	defer stop.Store(true)
	for i := range 150 {
		must(t, w.Record(t.Context(), flow.Run{ID: runID(i), Started: at("2026-01-01")}, at("2026-01-01")))
		if _, err := w.Clock(t.Context()); err != nil {
			t.Fatalf("after %d inserts: %v", i+1, err)
		}
	}
}
