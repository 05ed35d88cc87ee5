package apisim_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

const (
	secretID  = "AKIDexample"
	secretKey = "a-secret-key"
)

// wall is a clock that the test moves.
type wall struct {
	mu sync.Mutex
	t  time.Time
}

func (w *wall) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.t }
func (w *wall) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = w.t.Add(d)
}

// rig is a simulator behind a real listener, with stopped clocks.
type rig struct {
	*testing.T
	sim  *apisim.Simulator
	url  string
	wall *wall
}

var noon = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

func newRig(t *testing.T, change ...func(*apisim.Options)) *rig {
	t.Helper()
	w := &wall{t: noon}
	o := apisim.Options{SecretID: secretID, SecretKey: secretKey, Seed: 7, Wall: w.now}
	for _, c := range change {
		c(&o)
	}
	sim := apisim.New(o)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &rig{t, sim, server.URL, w}
}

func (g *rig) set(change func(*apisim.Settings)) {
	g.Helper()
	s := g.sim.Settings()
	change(&s)
	if err := g.sim.Configure(s); err != nil {
		g.Fatal(err)
	}
}

// ask returns the body of a request.
type ask map[string]any

// window returns the body of a request for whole buckets in [from, to), as package extract sends it.
func window(granularity, region, gateway, traffic string, from, to time.Time) ask {
	a := ask{
		"BeginTime": from.Unix(), "EndTime": to.Unix() - 1,
		"Type":            map[string]int{"uplink": 1, "downlink": 2, "total": 3}[traffic],
		"TimeGranularity": map[string]int{"hourly": 1, "daily": 2}[granularity],
		"GatewayType":     map[string]int{"public": 0, "private": 1}[gateway],
	}
	if region != "ALL" {
		a["AccessRegion"] = region
	}
	return a
}

func aDay() ask {
	return window("hourly", "MC", "public", "total", noon.Add(-60*time.Hour), noon.Add(-36*time.Hour))
}

// signed builds a request with a signature of the test's own making.
func (g *rig) signed(body ask, change ...func(*http.Request)) *http.Request {
	g.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		g.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, g.url+"/", bytes.NewReader(text))
	if err != nil {
		g.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-TC-Action", "GetFlowStatisticByRegion")
	r.Header.Set("X-TC-Version", "2021-01-19")
	r.Header.Set("X-TC-Timestamp", strconv.FormatInt(g.wall.now().Unix(), 10))
	sign(r, secretID, secretKey, string(text))
	for _, c := range change {
		c(r)
	}
	return r
}

func sign(r *http.Request, id, key, body string) {
	stamp := r.Header.Get("X-TC-Timestamp")
	seconds, _ := strconv.ParseInt(stamp, 10, 64)
	date := time.Unix(seconds, 0).UTC().Format("2006-01-02")
	sum := func(s string) string { b := sha256.Sum256([]byte(s)); return hex.EncodeToString(b[:]) }
	mac := func(k, s string) string {
		m := hmac.New(sha256.New, []byte(k))
		m.Write([]byte(s))
		return string(m.Sum(nil))
	}
	cr := fmt.Sprintf("POST\n/\n\ncontent-type:%s\nhost:%s\n\ncontent-type;host\n%s", r.Header.Get("Content-Type"),
		r.URL.Host, sum(body))
	sts := fmt.Sprintf("TC3-HMAC-SHA256\n%s\n%s/mna/tc3_request\n%s", stamp, date, sum(cr))
	signature := hex.EncodeToString([]byte(mac(mac(mac(mac("TC3"+key, date), "mna"), "tc3_request"), sts)))
	r.Header.Set("Authorization", fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s/mna/tc3_request, "+
		"SignedHeaders=content-type;host, Signature=%s",
		id, date, signature))
}

// reply is an answer or an error.
type reply struct {
	Response struct {
		NetDetails []struct {
			Current json.Number
			Time    json.RawMessage
		}
		MaxValue, AvgValue, TotalValue json.Number
		RequestId                      string
		Error                          *struct{ Code, Message string }
	}
	raw    string
	status int
	header http.Header
}

func (r reply) code() string {
	if r.Response.Error == nil {
		return ""
	}
	return r.Response.Error.Code
}

// time is the moment of a point.
func (r reply) time(g *rig, i int) time.Time {
	g.Helper()
	text := string(bytes.Trim(r.Response.NetDetails[i].Time, `"`))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		g.Fatal(err)
	}
	return time.Unix(n, 0).UTC()
}

func (g *rig) exchange(r *http.Request) (reply, error) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	out := reply{raw: string(body), status: response.StatusCode, header: response.Header}
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(body, &out)
}

// send sends a request, and expects HTTP 200 with an envelope.
func (g *rig) send(body ask, change ...func(*http.Request)) reply {
	g.Helper()
	out, err := g.exchange(g.signed(body, change...))
	if err != nil || out.status != http.StatusOK {
		g.Fatalf("status %d, %v: %s", out.status, err, out.raw)
	}
	return out
}

// control sends a request to the control interface, expects HTTP 200 and returns the body.
func (g *rig) control(method, path, body string) string {
	g.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, g.url+"/control/"+path,
		bytes.NewBufferString(body))
	if err != nil {
		g.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		g.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		g.Fatalf("%s %s: %d %v %s", method, path, response.StatusCode, err, text)
	}
	return string(text)
}

// readAll returns the body of a request without using it up.
func readAll(t *testing.T, r *http.Request) string {
	t.Helper()
	body, err := r.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
