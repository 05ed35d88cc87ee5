package e2e

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// Behind a proxy that ends connections in the middle of whatever is said, a pass that has nothing to do comes to its
// end.
func TestConnectionsThatAreCut(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	r.must("run")
	p := newProxy(t, r.db.Addr)
	random := rand.New(rand.NewPCG(1, 2))
	p.cutting(func() int { return 600 + random.IntN(20_000) }) // a greeting takes some 300 bytes, a pass some 50,000
	r.edit(r.db.Addr, p.addr)
	r.wait = func(context.Context, time.Duration) error { return nil }
	r.sim.ResetStats()
	const passes = 20
	done := 0
	for range passes {
		if got := r.do("run"); got.code == 0 {
			done++
		} else {
			t.Logf("%.600s", got)
		}
	}
	t.Logf("%d of %d passes with nothing due done; %d connections cut", done, passes, p.ended())
	if n := r.sim.Stats().Received; done != passes || n != 0 || p.ended() < passes {
		t.Errorf("want all done, some connections cut, and no request instead of %d", n)
	}
}
