package apisim_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

func TestProtocolErrors(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			if r.Header.Del(name); value != "" {
				r.Header.Set(name, value)
			}
		}
	}
	aged := func(d time.Duration) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("X-TC-Timestamp", strconv.FormatInt(noon.Add(d).Unix(), 10))
			sign(r, secretID, secretKey, readAll(t, r))
		}
	}
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		want   string
	}{
		{"right", func(*http.Request) {}, ""},
		{"no action", header("X-TC-Action", ""), "MissingParameter"},
		{"unknown action", header("X-TC-Action", "GetFlowStatistic"), "InvalidAction"},
		{"no version", header("X-TC-Version", ""), "MissingParameter"},
		{"another version", header("X-TC-Version", "2020-01-01"), "NoSuchVersion"},
		{"no version at all", header("X-TC-Version", "latest"), "InvalidParameter"},
		{"no timestamp", header("X-TC-Timestamp", ""), "MissingParameter"},
		{"timestamp is a word", header("X-TC-Timestamp", "now"), "InvalidParameter"},
		{"timestamp not the signed one", header("X-TC-Timestamp", strconv.FormatInt(noon.Unix()+1, 10)),
			"AuthFailure.SignatureFailure"},
		{"300 s ago", aged(-300 * time.Second), ""},
		{"301 s ago", aged(-301 * time.Second), "AuthFailure.SignatureExpire"},
		{"301 s ahead", aged(301 * time.Second), "AuthFailure.SignatureExpire"},
		{"no signature", header("Authorization", ""), "MissingParameter"},
		{"another method of signing", header("Authorization", "Bearer x"), "AuthFailure.InvalidAuthorization"},
		{"wrong key", func(r *http.Request) { sign(r, secretID, "wrong", readAll(t, r)) },
			"AuthFailure.SignatureFailure"},
		{"another body", func(r *http.Request) { sign(r, secretID, secretKey, "{}") }, "AuthFailure.SignatureFailure"},
		{"unknown id", func(r *http.Request) { sign(r, "AKIDother", secretKey, readAll(t, r)) },
			"AuthFailure.SecretIdNotFound"},
		{"token of a permanent key", header("X-TC-Token", "t"), "AuthFailure.TokenFailure"},
		{"another host", func(r *http.Request) { r.Host = "mna.intl.tencentcloudapi.com" },
			"AuthFailure.SignatureFailure"},
		{"form", header("Content-Type", "application/x-www-form-urlencoded"), "UnsupportedProtocol"},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, "UnsupportedProtocol"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			got := g.send(aDay(), c.change)
			if got.code() != c.want {
				t.Errorf("got %q (%s), want %q", got.code(), got.raw, c.want)
			}
			if len(got.Response.RequestId) != 36 {
				t.Errorf("request id %q", got.Response.RequestId)
			}
		})
	}
}

func TestParameterErrors(t *testing.T) {
	g := newRig(t, func(o *apisim.Options) { o.Settings = apisim.DefaultSettings(); o.Settings.Rate = 0 })
	with := func(name string, value any) ask {
		a := aDay()
		if a[name] = value; value == nil {
			delete(a, name)
		}
		return a
	}
	for _, c := range []struct {
		body ask
		want string
	}{
		{with("Limit", 1), "UnknownParameter"},
		{with("BeginTime", nil), "MissingParameter"},
		{with("GatewayType", nil), "MissingParameter"},
		{with("EndTime", "1"), "InvalidParameter"},
		{with("Type", 1.5), "InvalidParameter"},
		{with("Type", 0), "InvalidParameterValue"},
		{with("Type", 4), "InvalidParameterValue"},
		{with("TimeGranularity", 3), "InvalidParameterValue"},
		{with("GatewayType", 2), "InvalidParameterValue"},
		{with("AccessRegion", "ALL"), "InvalidParameterValue"},
		{with("AccessRegion", 1), "InvalidParameter"},
		{with("AccessRegion", ""), ""},
		{with("EndTime", noon.Add(-61*time.Hour).Unix()), "InvalidParameterValue"},
		{with("EndTime", noon.UnixMilli()), "InvalidParameterValue"},
		{with("BeginTime", 0), "ResponseSizeLimitExceeded"},
	} {
		if got := g.send(c.body); got.code() != c.want {
			t.Errorf("%v: got %q (%s), want %q", c.body, got.code(), got.raw, c.want)
		}
	}
}

func TestTokenAndExpiry(t *testing.T) {
	g := newRig(t, func(o *apisim.Options) { o.Token = "session" })
	token := func(r *http.Request) { r.Header.Set("X-TC-Token", "session") }
	if got := g.send(aDay()).code(); got != "AuthFailure.TokenFailure" {
		t.Errorf("without the token: %q", got)
	}
	if got := g.send(aDay(), token).code(); got != "" {
		t.Errorf("with the token: %q", got)
	}
	if got, want := g.control("PUT", "keys", `{"secret_id":"`+secretID+
		`","secret_key":"`+secretKey+`","token":"session","expires":"2026-05-20T12:00:01Z"}`),
		"[\""+secretID+"\"]\n"; got != want {
		t.Errorf("keys: %s", got)
	}
	if got := g.send(aDay(), token).code(); got != "" {
		t.Errorf("before it expires: %q", got)
	}
	g.wall.move(time.Second)
	if got := g.send(aDay(), token).code(); got != "AuthFailure.TokenFailure" {
		t.Errorf("after it expired: %q", got)
	}
}

func TestRate(t *testing.T) {
	g := newRig(t)
	refused := 0
	for range 25 {
		if g.send(aDay()).code() == "RequestLimitExceeded" {
			refused++
		}
	}
	g.sim.AddKey(apisim.Key{SecretID: "AKIDsecond", SecretKey: "k"})
	second := func(r *http.Request) { sign(r, "AKIDsecond", "k", readAll(g.T, r)) }
	if got := g.send(aDay(), second).code(); got != "" {
		t.Errorf("another key has a rate of its own: %q", got)
	}
	g.wall.move(time.Second)
	if got := g.send(aDay()).code(); got != "" {
		t.Errorf("the next second: %q", got)
	}
	stats := g.sim.Stats()
	want := apisim.Stats{
		Received: 27, Actions: map[string]int{"GetFlowStatisticByRegion": 27}, Answered: 22,
		Points: 22 * 24, Refused: 5,
		Errors: map[string]int{"RequestLimitExceeded": 5}, Faults: map[string]int{},
		Granularity:          map[string]int{"hourly": 22},
		MaxReceivedPerSecond: 26, MaxAcceptedPerSecond: 21, MaxInFlight: 1,
	}
	stats.Points -= stats.Points % 22 // quiet hours are left out
	want.Points = stats.Points
	if diff := cmp.Diff(want, stats); diff != "" || refused != 5 {
		t.Errorf("refused %d, stats (-want +got):\n%s", refused, diff)
	}
	last := g.sim.Requests(2)
	if len(last) != 2 || last[1].Outcome != "OK" || last[1].Region != "MC" || last[1].Begin != aDay()["BeginTime"] ||
		last[1].SecretID != secretID {
		t.Errorf("journal: %+v", last)
	}
}
