package apisim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

func TestControlSettings(t *testing.T) {
	g := newRig(t)
	g.control("PATCH", "settings", `{"latency":"150ms","max_span_daily":"31d"}`)
	g.control("PATCH", "settings", `{"latency":"0s","rate":5}`)
	want := apisim.DefaultSettings()
	want.Rate, want.MaxSpanDaily = 5, apisim.Duration(31*24*time.Hour)
	var got apisim.Settings
	if err := json.Unmarshal([]byte(g.control("GET", "settings", "")), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	g.control("PUT", "settings", `{}`)
	if diff := cmp.Diff(apisim.DefaultSettings(), g.sim.Settings()); diff != "" {
		t.Errorf("after PUT {} (-want +got):\n%s", diff)
	}
}

func TestControlNow(t *testing.T) {
	g := newRig(t)
	for _, c := range []struct{ body, want string }{
		{`{"now":"2026-01-01T08:00:00+08:00"}`, "2026-01-01T00:00:00Z"},
		{`{"offset":"-720h"}`, "2026-04-20T12:00:00Z"},
		{`{}`, "2026-05-20T12:00:00Z"},
	} {
		if got := g.control("PUT", "now", c.body); got != `{"now":"`+c.want+"\"}\n" {
			t.Errorf("%s: %s", c.body, got)
		}
	}
	g.sim.Advance(time.Hour)
	g.wall.move(time.Minute)
	if got := g.sim.Now(); !got.Equal(noon.Add(61 * time.Minute)) {
		t.Errorf("running: %s", got)
	}
	g.sim.SetNow(noon)
	g.sim.Advance(time.Hour)
	g.wall.move(time.Minute)
	if got := g.sim.Now(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("standing: %s", got)
	}
}

func TestControlFaultsAndRestatements(t *testing.T) {
	g := newRig(t)
	g.control("POST", "faults", `[{"code":"InternalError","count":1,"match":{"region":"MC"}},{"kind":"html502"}]`)
	if got := g.send(aDay()).code(); got != "InternalError" {
		t.Errorf("got %q", got)
	}
	if got := g.control("GET", "faults", ""); !strings.Contains(got, `"fired":1,"remaining":0`) ||
		!strings.Contains(got, `"kind":"html502"`) {
		t.Errorf("faults: %s", got)
	}
	g.control("DELETE", "faults", "")
	g.control("POST", "restatements",
		`{"begin":"2026-05-01T00:00:00Z","end":"2026-05-20T00:00:00Z","region":"MC","factor":"11/10"}`)
	ordered := `"factor":"11/10","at":"2026-05-20T12:00:00Z"`
	if got := g.control("GET", "restatements", ""); !strings.Contains(got, ordered) {
		t.Errorf("restatements: %s", got)
	}
	g.control("DELETE", "restatements", "")
	if got := g.control("GET", "requests?last=1", ""); !strings.Contains(got, `"outcome":"InternalError"`) {
		t.Errorf("requests: %s", got)
	}
	counted := `"errors":{"InternalError":1},"faults":{"error":1}`
	if got := g.control("GET", "stats", ""); !strings.Contains(got, counted) {
		t.Errorf("stats: %s", got)
	}
	if got := g.control("DELETE", "stats", ""); !strings.Contains(got, `"received":0`) {
		t.Errorf("stats after reset: %s", got)
	}
}

func TestControlRefuses(t *testing.T) {
	g := newRig(t)
	for _, c := range []struct{ method, path, body string }{
		{"PATCH", "settings", `{"latencies":"1s"}`},
		{"PATCH", "settings", `{"latency":"soon"}`},
		{"PUT", "settings", `{"rate":-1}`},
		{"PUT", "now", `{"now":"2026-01-01T00:00:00Z","offset":"1h"}`},
		{"POST", "faults", `{"kind":"flood"}`},
		{"POST", "faults", ``},
		{"POST", "restatements", `{"begin":"2026-05-01T00:00:00Z","end":"2026-05-20T00:00:00Z","factor":"1/0"}`},
		{"PUT", "keys", `{"secret_id":"a"}`},
		{"GET", "requests?last=0", ``},
		{"GET", "truth?from=2026-05-01T00:00:00Z", ``},
		{"GET", "truth?from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z&region=XX", ``},
		{"GET", "truth?gateway=public", ``},
	} {
		r, err := http.NewRequestWithContext(context.Background(), c.method, g.url+"/control/"+c.path,
			strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Error string }
		if err := json.NewDecoder(response.Body).Decode(&said); err != nil ||
			response.StatusCode != http.StatusBadRequest || said.Error == "" {
			t.Errorf("%v: %d %v %q", c, response.StatusCode, err, said.Error)
		}
		response.Body.Close()
	}
	if diff := cmp.Diff(apisim.DefaultSettings(), g.sim.Settings()); diff != "" {
		t.Errorf("settings changed:\n%s", diff)
	}
}

func TestControlTruth(t *testing.T) {
	g := newRig(t)
	got := g.control("GET", "truth?granularity=daily&region=EU&gateway_type=private"+
		"&from=2026-05-01T00:00:00%2B08:00&to=2026-05-04T00:00:00%2B08:00&as_of=2026-05-03T12:00:00Z", "")
	want := "granularity\taccess_region\tgateway_type\ttraffic_type\tbucket\tbytes\n"
	for row := range g.sim.Truth(apisim.Query{
		Granularity: "daily", Region: "EU", Gateway: "private", Begin: at("2026-04-30T16:00:00Z"),
		End: at("2026-05-03T16:00:00Z"), AsOf: at("2026-05-03T12:00:00Z"),
	}) {
		want += fmt.Sprintf("daily\tEU\tprivate\t%s\t%s\t%d\n", row.Traffic, row.Begin.Format(time.RFC3339), row.Bytes)
	}
	if got != want || strings.Count(got, "\n") != 10 {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestServe: it stops when its context ends, even during a request that hangs.
func TestServe(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := newRig(t)
	g.url = "http://" + ln.Addr().String()
	g.fault(apisim.Fault{Kind: apisim.FaultHang, After: 1})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- apisim.Serve(ctx, ln, g.sim) }()
	g.send(aDay())
	hung := make(chan error, 1)
	go func() {
		_, err := g.exchange(g.signed(aDay()))
		hung <- err
	}()
	for g.sim.Faults()[0].Fired == 0 {
		runtime.Gosched()
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := <-hung; err == nil {
		t.Error("the hung request was answered")
	}
}
