package e2e

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// accounts replaces the rig's only account and returns the simulator's address. SIM stands for that address, KEY for
// the key.
func (r *rig) accounts(lines ...string) (address string) {
	r.t.Helper()
	data, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "accounts:\n")
	old, _, _ := strings.Cut(rest, "\n")
	address = strings.Split(old, `"`)[1]
	text := "  - " + strings.Join(lines, "\n  - ")
	key := "secret_id: " + apisim.DefaultID + ", secret_key: " + apisim.DefaultSecret
	r.edit(old, strings.NewReplacer("SIM", address, "KEY", key).Replace(text))
	return address
}

// holds compares all that the views have of an account with a simulator's truth of what few loads.
func (r *rig) holds(account string, sim *apisim.Simulator, zone *time.Location) {
	r.t.Helper()
	day := func(t time.Time) time.Time {
		t = t.In(zone)
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
	}
	want := map[string]uint64{}
	for granularity, end := range map[string]time.Time{
		"hourly": r.clock().Add(-r.settleAt["hourly"]).Truncate(time.Hour), "daily": day(r.clock().Add(-r.settleAt["daily"])),
	} {
		for _, region := range []string{"ALL", "MC"} {
			for row := range sim.Truth(apisim.Query{
				Granularity: granularity, Region: region, Traffic: "total",
				Begin: time.Date(2026, 11, 1, 0, 0, 0, 0, zone), End: end, AsOf: r.clock(),
			}) {
				bucket := row.Begin.UTC().Format(time.DateTime)
				if granularity == "daily" {
					bucket = row.Begin.In(zone).Format(time.DateOnly)
				}
				want[strings.Join([]string{granularity, region, row.Gateway, bucket}, " ")] = row.Bytes
			}
		}
	}
	rows, err := r.conn.Query(r.t.Context(), `
		SELECT concat('hourly ', access_region, ' ', gateway_type, ' ', toString(hour)), bytes
		FROM flow_hourly WHERE account = $1
		UNION ALL
		SELECT concat('daily ', access_region, ' ', gateway_type, ' ', toString(day)), bytes
		FROM flow_daily WHERE account = $1`, account)
	if err != nil {
		r.t.Fatal(err)
	}
	got := map[string]uint64{}
	for rows.Next() {
		var key string
		var bytes uint64
		if err := rows.Scan(&key, &bytes); err != nil {
			r.t.Fatal(err)
		}
		if _, doubled := got[key]; doubled {
			r.t.Errorf("%s: %s is there twice", account, key)
		}
		got[key] = bytes
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		r.t.Errorf("%s: %d buckets (-truth +views):\n%s", account, len(want), diff)
	}
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// Accounts differ in key, zone and fate: what stops one leaves the others complete, and the next pass loads what it
// left.
func TestAFailingAccountStopsNoOther(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few+"  max_attempts: 1")
	settings := unlimited()
	settings.DayOffset = 0
	other := apisim.New(apisim.Options{
		SecretID: "AKIDother", SecretKey: "other-secret", Seed: 2, Settings: settings, Now: r.clock,
	})
	server := httptest.NewServer(other)
	defer server.Close()
	const wrong = "a-wrong-secret-key"
	address := r.accounts(
		`{name: main, endpoint: "SIM", requests_per_second: 20}`,
		`{name: other, endpoint: "`+server.URL+`", time_zone: UTC, `+
			`credentials: {source: static, secret_id: AKIDother, secret_key: other-secret}}`,
		`{name: wrong, endpoint: "SIM", credentials: {source: static, secret_id: AKIDother, secret_key: `+wrong+`}}`,
		`{name: role, endpoint: "SIM", credentials: {source: assume-role, role_arn: "qcs::cam::uin/1:roleName/r", `+
			`endpoint: "http://127.0.0.1:1", KEY}}`,
	)
	r.sim.AddKey(apisim.Key{SecretID: "AKIDother", SecretKey: "right"})
	r.must("migrate")
	got := r.do("run", "--log-level", "debug")
	if got.code != 4 {
		t.Errorf("want exit 4: %s", got)
	}
	mention(t, got.stderr, "of wrong/hourly/", "AuthFailure.SignatureFailure", "request id", "of role/hourly/",
		"taking qcs::cam::uin/1:roleName/r", "refused")
	if strings.Contains(got.String(), wrong) || strings.Contains(got.String(), apisim.DefaultSecret) {
		t.Error("a secret key is in the output")
	}
	whole := func(accounts ...string) {
		t.Helper()
		for _, a := range accounts {
			r.holds(a, r.sim, shanghai)
		}
		r.holds("other", other, time.UTC)
	}
	whole("main")
	if n := r.scalar("SELECT count() FROM facts WHERE account IN ('wrong', 'role')"); n != 0 {
		t.Errorf("%d facts of accounts that cannot be asked", n)
	}

	r.edit(wrong, "right")
	if got := r.do("run"); got.code != 3 { // the way to STS is still closed, which may pass
		t.Errorf("want exit 3: %s", got)
	}
	whole("main", "wrong")

	r.edit(`endpoint: "http://127.0.0.1:1", `, `endpoint: "`+address+`", `)
	other.ResetStats()
	if n := r.sent("run"); n != 8+1 || other.Stats().Received != 0 {
		t.Errorf("%d requests: only the last account had anything left, 8 windows and a key", n)
	}
	whole("main", "wrong", "role")
}

// A key that lives shorter than the load is renewed in the middle of it.
func TestAKeyExpiresInTheMiddleOfALoad(t *testing.T) {
	t.Parallel()
	var sim *apisim.Simulator
	var answered atomic.Int32
	settings := unlimited()
	settings.Latency = apisim.Duration(time.Millisecond)
	settings.KeyLife = apisim.Duration(time.Minute)
	r := newRig(t, start, settings, few+"  max_window: {hourly: 3d}", func(context.Context, time.Duration) error {
		if answered.Add(1) == 10 {
			late := sim.Settings()
			late.ClockOffset = apisim.Duration(61 * time.Second)
			return sim.Configure(late)
		}
		return nil
	})
	sim = r.sim
	r.accounts(`{name: main, endpoint: "SIM", requests_per_second: 20,
     credentials: {source: assume-role, role_arn: "qcs::cam::uin/1:roleName/reader", endpoint: "SIM", KEY}}`)
	r.must("migrate")
	r.must("backfill", "--from", "2026-11-01")
	r.holds("main", r.sim, shanghai)
	stats := r.sim.Stats()
	if n, refused := stats.Actions["AssumeRole"], stats.Errors["AuthFailure.TokenFailure"]; n != 2 || refused == 0 {
		t.Errorf("the role was taken %d times, %d requests were refused: %+v", n, refused, stats)
	}
	if n := r.scalar("SELECT count() FROM extractions WHERE state != 'accepted'"); n != 0 {
		t.Errorf("%d windows failed", n)
	}
}

// Accounts that use one key share its limit, at the lowest pace that one of them is given.
func TestAccountsOfOneKeyShareItsPace(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, apisim.DefaultSettings(), few)
	r.accounts(
		`{name: quick, endpoint: "SIM", requests_per_second: 20}`,
		`{name: slow, endpoint: "SIM", requests_per_second: 8, credentials: {source: static, KEY}}`,
	)
	r.must("migrate")
	begin := time.Now()
	if n := r.sent("run"); n != 16 {
		t.Errorf("%d requests, want 8 windows of each account", n)
	}
	if took, least := time.Since(begin), 15*time.Second/8; took < least {
		t.Errorf("16 requests took %s, at 8 a second they take %s", took, least)
	}
	for _, a := range []string{"quick", "slow"} {
		r.holds(a, r.sim, shanghai)
	}
}

// An API that answers nothing but errors for some regions is no outage of the way to it: what can be asked of the
// others is.
func TestARegionThatIsDownStopsNoOther(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), "  start: 2026-11-10\n  regions: [MC, AP, EU]\n  max_attempts: 1\n")
	r.must("migrate")
	for _, region := range []string{"MC", "AP"} {
		if err := r.sim.AddFaults(apisim.Fault{
			Code: "InternalError.MonitorDataRequestError", Match: apisim.Match{Region: region},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.do("run"); got.code != 3 {
		t.Errorf("want exit 3: %s", got)
	}
	if n := r.scalar("SELECT count() FROM extractions WHERE state = 'failed' AND access_region != 'EU'"); n != 2*2*6 {
		t.Errorf("%d windows are in the ledger as failed, want 24: both granularities of two regions", n)
	}
	eu := r.settled(time.Date(2026, 11, 9, 16, 0, 0, 0, time.UTC), []string{"EU"}, nil)
	if c := r.compare(eu, start); !c.clean() || c.rows == 0 {
		t.Errorf("the region that answers: %s", c)
	}
}
