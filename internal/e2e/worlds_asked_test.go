package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// key of a series, as requests and rows name it.
type key5 struct{ account, granularity, region, gateway, traffic string }

// asked is one request as the API saw it, and what it said.
type asked struct {
	seq        int
	by         *process
	series     key5
	begin, end int64     // half open
	machine    time.Time // the program's clock
	now        time.Time // the API's
	id         string
	code       string           // of an error
	points     map[int64]uint64 // by bucket, of those within the window
	broken     string           // why no such answer can be believed
	whole      bool             // a well-formed answer
}

func (a *asked) String() string {
	return fmt.Sprintf("#%d %v %s to %s at %s: %s%s, %d points", a.seq, a.series, hours(a.begin), hours(a.end),
		a.machine.Format(time.DateTime), a.code, a.broken, len(a.points))
}

func hours(second int64) string { return time.Unix(second, 0).UTC().Format("01-02T15:04") }

// recorded keeps a copy of what is written.
type recorded struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (r *recorded) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

func (r *recorded) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// notice writes a request down.
func (p *process) notice(account int, body []byte) *asked {
	var q struct {
		BeginTime, EndTime                 int64
		Type, TimeGranularity, GatewayType int
		AccessRegion                       string
	}
	if err := json.Unmarshal(body, &q); err != nil {
		p.fault("a request that is no JSON: %s", body)
	}
	a := &asked{by: p, begin: q.BeginTime, end: q.EndTime + 1, machine: p.clock(), now: p.now()}
	a.series = key5{
		p.accounts[account].name, []string{"", "hourly", "daily"}[q.TimeGranularity], q.AccessRegion,
		[]string{"public", "private"}[q.GatewayType], []string{"", "uplink", "downlink", "total"}[q.Type],
	}
	if a.series.region == "" {
		a.series.region = "ALL"
	}
	p.mind(func() {
		a.seq = len(p.asked)
		p.asked = append(p.asked, a)
	})
	return a
}

// read understands an answer as far as it can be believed.
func (a *asked) read(body []byte) {
	var r struct {
		Response struct {
			Error      *struct{ Code string }
			RequestId  string
			NetDetails []struct {
				Current json.RawMessage
				Time    json.RawMessage
			}
			MaxValue, TotalValue float64
		}
	}
	if err := json.Unmarshal(body, &r); err != nil || r.Response.RequestId == "" {
		a.code = "no answer"
		return
	}
	a.id, a.whole = r.Response.RequestId, true
	if r.Response.Error != nil {
		a.code, a.whole = r.Response.Error.Code, false
		return
	}
	a.points = map[int64]uint64{}
	length := int64(3600)
	if a.series.granularity == "daily" {
		length = 86400
	}
	var sum, twice, most float64
	seen := map[int64]float64{}
	for _, p := range r.Response.NetDetails {
		at, err := strconv.ParseInt(strings.Trim(string(p.Time), `"`), 10, 64)
		value, err2 := strconv.ParseFloat(strings.Trim(string(p.Current), `"`), 64)
		if err != nil || err2 != nil || value < 0 || value > 1<<62 {
			a.broken = "a point that is none"
			return
		}
		bucket := a.begin + int64(math.Floor(float64(at-a.begin)/float64(length)))*length
		twice += value
		if before, double := seen[bucket]; double {
			if before != value {
				a.broken = "two values for a bucket"
			}
			continue
		}
		seen[bucket] = value
		sum, most = sum+value, max(most, value)
		switch {
		case bucket < a.begin-length || bucket >= a.end+length:
			a.broken = "a point far outside"
		case bucket >= a.begin && bucket < a.end:
			a.points[bucket] = uint64(math.Round(value))
		}
	}
	off := func(a, b float64) bool { return math.Abs(a-b) > max(float64(len(r.Response.NetDetails)), 1e-9*b) }
	if off(r.Response.TotalValue, sum) && off(r.Response.TotalValue, twice) || off(r.Response.MaxValue, most) {
		a.broken = "totals of something else"
	}
}
