package extract_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestAHundredAtOnceTakeARoleOnce(t *testing.T) {
	x := take(t, nil, newRig(t))
	x.many(100)
	if n := x.taken(); n != 1 {
		t.Errorf("the role was taken %d times", n)
	}
	x.pass(keyLife/2 - 5*time.Second)
	x.many(100)
	if n := x.taken(); n != 1 {
		t.Errorf("with half the life left, the role was taken %d times", n)
	}
	x.expire()
	x.pass(keyLife)
	x.many(100)
	if n, stats := x.taken(), x.sim.Stats(); n != 2 || len(stats.Errors) != 0 || stats.Answered != 302 {
		t.Errorf("after it expired: taken %d times, %+v", n, stats)
	}
}

// The issuer's clock decides how long a key lives, not this machine's.
func TestTheLifeOfAKeyWithAClockThatIsOff(t *testing.T) {
	x := take(t, nil, newRig(t))
	x.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(-200 * time.Second) })
	x.many(1)
	x.pass(keyLife/2 - 5*time.Second)
	x.many(10)
	if n := x.taken(); n != 1 {
		t.Errorf("the role was taken %d times before half the life of a key", n)
	}
}

// When the API refuses a key early, all requests under way fail, yet the key is renewed only once.
func TestAHundredRefusedAtOnceRenewOnce(t *testing.T) {
	x := take(t, nil, newRig(t))
	x.many(1)
	x.expire()
	x.many(100)
	stats := x.sim.Stats()
	if n, refused := x.taken(), stats.Errors["AuthFailure.TokenFailure"]; n != 2 || refused < 1 || refused > 100 ||
		stats.Answered != 103 {
		t.Errorf("taken %d times, %d refused: %+v", n, refused, stats)
	}
}

func TestAKeyThatIsRefusedAlthoughItIsNewStopsTheAccount(t *testing.T) {
	r := newRig(t)
	r.faults(apisim.Fault{Code: "AuthFailure.TokenFailure"})
	x := take(t, nil, r)
	_, err := x.fetch(hourly, aDay)
	if got := x.failure(err); got.Class != flow.Denied || got.Attempts != 2 || x.taken() != 2 {
		t.Errorf("%s after %d requests, the role was taken %d times: %v", got.Class, got.Attempts, x.taken(), err)
	}
}

func TestNobodyWaitsForARenewalWhileTheKeyIsValid(t *testing.T) {
	x, g := gated(t)
	x.many(1)
	first := x.signer()
	x.pass(keyLife/2 + 5*time.Second)
	x.many(100)
	<-g.reached
	if got := x.signer(); got != first {
		t.Errorf("signed with %s, want the key at hand", got)
	}
	close(g.opened)
	x.until(func() bool { return x.signer() != first })
	if n := x.taken(); n != 2 {
		t.Errorf("the role was taken %d times", n)
	}
}

func TestWaitingForAKeyEndsWithItsContext(t *testing.T) {
	x, g := gated(t)
	defer close(g.opened)
	x.many(1)
	x.pass(keyLife)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-g.reached; cancel() }()
	if _, err := x.client().Fetch(ctx, hourly, aDay, x.stamp); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
