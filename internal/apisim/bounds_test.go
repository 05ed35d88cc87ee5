package apisim_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// TestJournalIsBounded: the journal drops the oldest requests and keeps the newest in order.
func TestJournalIsBounded(t *testing.T) {
	s := apisim.New(apisim.Options{})
	for i := range 20_500 {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", "application/json")
		if i == 20_499 {
			r.Header.Set("X-TC-Action", "Nothing")
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	all := s.Requests(0)
	if len(all) != 20_000 || all[19_999].Outcome != "InvalidAction" || all[19_998].Outcome != "MissingParameter" {
		t.Errorf("%d requests, the last %+v", len(all), all[len(all)-1])
	}
	for i := 1; i < len(all); i++ {
		if all[i].Wall.Before(all[i-1].Wall) {
			t.Fatalf("request %d is older than the one before it", i)
		}
	}
}

// TestTimer: without a Wait of the test's own, a timer waits.
func TestTimer(t *testing.T) {
	g := newRig(t)
	g.set(func(s *apisim.Settings) { s.Latency = apisim.Duration(20 * time.Millisecond) })
	begin := time.Now()
	if got := g.send(aDay()); got.code() != "" || time.Since(begin) < 20*time.Millisecond {
		t.Errorf("after %s: %s", time.Since(begin), got.raw)
	}
}

// TestUnknownWords: the truth panics instead of yielding nothing.
func TestUnknownWords(t *testing.T) {
	s := apisim.New(apisim.Options{})
	for name, ask := range map[string]func(){
		"Truth": func() { s.Truth(apisim.Query{Region: "all"}) },
		"Bytes": func() { s.Bytes("hourly", "MC", "", "total", noon, noon) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			ask()
		}()
	}
}
