package e2e

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// wayFaults are those of the way to the API and of answers that are none.
func wayFaults() []fault {
	var out []fault
	for _, f := range []struct{ name, kind, says string }{
		{"HTTP 502 with HTML", apisim.FaultHTML502, "HTTP status 502 Bad Gateway"},
		{"connection reset before the body", apisim.FaultReset, "connection reset"},
		{"connection reset inside the body", apisim.FaultResetBody, "the answer broke off"},
		{"truncated body", apisim.FaultTruncate, "is not the API's JSON: unexpected end"},
		{"unparsable body", apisim.FaultGarbage, "is not the API's JSON: invalid character"},
		{"{} with HTTP 200", apisim.FaultEmptyObject, "has no Response"},
		{"null Response", apisim.FaultNullResponse, "has no Response"},
	} {
		out = append(out, fault{
			name: f.name, api: []apisim.Fault{{Kind: f.kind}}, says: []string{f.says},
			exit: 3, class: "transient", failed: exactly(1), requests: exactly(9 + 5), retries: exactly(5),
		})
	}
	away := fault{ // the whole way: what the breaker leaves is for the next pass
		loaded: true, extract: "  max_attempts: 2\n", exit: 3, class: "transient", failed: between(8, 9),
		retries: between(8, 9),
	}
	clock := fault{exit: 4, class: "denied", failed: between(1, 2), requests: between(4+2, 4+5+2), retries: between(1, 5)}
	return append(out,
		fault{
			name: "connection reset, which passes",
			api:  []apisim.Fault{{Kind: apisim.FaultReset, Count: 2}}, requests: exactly(9 + 2), retries: exactly(2),
		},
		fault{
			name:     "HTTP 429 with HTML, which passes",
			api:      []apisim.Fault{{Kind: apisim.FaultHTML502, HTTPStatus: 429, Count: 7}},
			requests: exactly(9 + 7), retries: exactly(7),
		},
		fault{
			name: "HTTP 403 with HTML", api: []apisim.Fault{{Kind: apisim.FaultHTML502, HTTPStatus: 403, After: 4}},
			says: []string{"HTTP status 403 Forbidden"},
			exit: 4, class: "denied", failed: between(1, 2), requests: between(4+1, 4+1+3),
		},
		fault{
			name: "HTTP 404 with HTML", api: []apisim.Fault{{Kind: apisim.FaultHTML502, HTTPStatus: 404}},
			says: []string{"HTTP status 404 Not Found"},
			exit: 3, class: "rejected", failed: exactly(1), requests: exactly(9),
		},
		fault{
			name: "answer slower than the time-out", api: []apisim.Fault{{Kind: apisim.FaultHang}},
			extract: "  timeout: 1s\n  max_attempts: 2\n", says: []string{"no answer within 1s"},
			exit: 3, class: "transient", failed: exactly(1), requests: exactly(9 + 1), retries: exactly(1),
		},
		fault{
			name: "everything fails from the tenth request on", api: []apisim.Fault{{Kind: apisim.FaultHTML502, After: 9}},
			extract: "  max_attempts: 2\n  max_window: {hourly: 6h}\n",
			says:    []string{"8 windows in a row failed, the rest are left for the next pass"},
			exit:    3, class: "transient", failed: between(8, 26),
			requests: between(9+8*2, 9+26*2), retries: between(8, 26),
		},
		away.with(func(f *fault) {
			f.name, f.says = "DNS failure", []string{"no such host", "8 windows in a row failed"}
			f.before = func(tr *trial) { tr.move("https://mna..no-such-host.test") }
			f.over = func(tr *trial) { tr.move(tr.endpoint) }
		}),
		away.with(func(f *fault) {
			f.name, f.says = "TLS failure", []string{"certificate", "8 windows in a row failed"}
			f.before = func(tr *trial) {
				server := httptest.NewUnstartedServer(http.NotFoundHandler())
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				server.StartTLS()
				tr.t.Cleanup(server.Close)
				tr.move(server.URL)
			}
			f.over = func(tr *trial) { tr.move(tr.endpoint) }
		}),
		clock.with(func(f *fault) {
			f.name, f.says = "clock 10 minutes behind", []string{"this machine's clock is", "behind the API's: set it (NTP)"}
			f.settings = func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(10 * time.Minute) }
		}),
		clock.with(func(f *fault) {
			f.name, f.says = "clock 10 minutes ahead", []string{"this machine's clock is", "ahead of the API's: set it (NTP)"}
			f.settings = func(s *apisim.Settings) { s.ClockOffset = -apisim.Duration(10 * time.Minute) }
		}),
		fault{
			name: "interrupted while it waits to try again",
			api:  []apisim.Fault{{Code: "InternalError"}}, says: []string{"all finished windows are stored"},
			before: func(tr *trial) { tr.whenRetrying(func(int, time.Duration) { tr.interrupt() }) },
			exit:   130, requests: between(2, 9), retries: exactly(1),
		},
		sharing(),
	)
}

// with is a copy of a row, changed.
func (f fault) with(change func(*fault)) fault {
	change(&f)
	return f
}

// sharing is a second program that uses the same key: each gets a part of the limit, and both end.
func sharing() fault {
	var other *rig
	var ended sync.WaitGroup
	var got result
	return fault{
		name:    "second program shares the limit",
		extract: "  max_window: {hourly: 6h}\n", requests: between(2*35+1, 4*35), retries: between(1, 70),
		before: func(tr *trial) {
			limited := tr.sim.Settings()
			limited.Rate = 20
			if err := tr.sim.Configure(limited); err != nil {
				tr.t.Fatal(err)
			}
			other = newRigOn(tr.t, chtest.Open(tr.t), start, limited, faultExtract+"  max_window: {hourly: 6h}\n")
			other.configure(tr.endpoint, faultExtract+"  max_window: {hourly: 6h}\n")
			other.wait = tr.pause
			other.must("migrate")
			ended.Go(func() { got = other.do("run") })
		},
		over: func(tr *trial) {
			ended.Wait()
			tr.others = other.told()
			if got.code != 0 {
				tr.t.Errorf("the other program: %s", got)
			}
			rows := other.scalar("SELECT count() FROM flow_hourly")
			if n := tr.scalar("SELECT count() FROM flow_hourly"); n != rows {
				tr.t.Errorf("the other program has %d rows, this one %d", rows, n)
			}
		},
	}
}
