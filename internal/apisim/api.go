package apisim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds a request, in bytes. It is far above any valid one.
const maxBody = 1 << 20

// action is one operation of the API.
type action struct {
	service, version string
	answer           func(s *Simulator, c *call, body []byte)
}

const (
	actionFlow = "GetFlowStatisticByRegion"
	actionRole = "AssumeRole"
)

var actions = map[string]action{
	actionFlow: {"mna", "2021-01-19", (*Simulator).answerFlow},
	actionRole: {"sts", "2018-08-13", (*Simulator).answerRole},
}

// call is one request while it is being answered.
type call struct {
	http.ResponseWriter
	request   *http.Request
	set       Settings
	asOf      time.Time
	log       Request // filled in on the way; serveAPI adds it to the journal once
	faultKind string
}

// fail answers with an error envelope.
func (c *call) fail(status int, e apiError) {
	c.log.Outcome = e.code
	type failure struct{ Code, Message string }
	type response struct {
		Error     failure
		RequestID string `json:"RequestId"`
	}
	body, _ := json.Marshal(map[string]response{ // strings cannot fail
		"Response": {failure{e.code, e.message}, c.log.RequestID},
	})
	c.send(status, "application/json", body)
}

func (c *call) send(status int, contentType string, body []byte) {
	c.Header().Set("Content-Type", contentType)
	c.WriteHeader(status)
	_, _ = c.Write(body) // fails only if the client has gone
}

// serveAPI does what all actions have in common: it authenticates, limits the rate, and counts the request.
func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	set := s.Settings()
	wall := s.serverTime(set)
	c := &call{ResponseWriter: w, request: r, set: set, asOf: s.Now()}
	c.log = Request{Wall: wall, Now: c.asOf, RequestID: newRequestID()}
	w.Header().Set("Date", wall.Format(http.TimeFormat))
	s.mu.Lock()
	s.stats.receive(wall.Unix())
	s.mu.Unlock()
	defer s.record(c) // deferred, because some faults panic

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		c.fail(http.StatusOK, apiError{"RequestSizeLimitExceeded", "The request body is too large or was cut off."})
		return
	}
	act, fault := route(r)
	if fault == nil {
		c.log.Action = r.Header.Get("X-TC-Action")
		s.mu.Lock()
		s.stats.Actions[c.log.Action]++
		s.mu.Unlock()
		c.log.SecretID, fault = s.authenticate(r, act.service, body, wall)
	}
	if fault == nil {
		fault = s.pace(c, wall.Unix())
	}
	if fault != nil {
		c.fail(http.StatusOK, *fault)
		return
	}
	act.answer(s, c, body)
}

// route checks the method and the headers, and returns the action.
func route(r *http.Request) (action, *apiError) {
	if r.Method != http.MethodPost {
		return action{}, &apiError{"UnsupportedProtocol", "Only POST requests are supported here."}
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return action{}, &apiError{"UnsupportedProtocol", "The Content-Type must be application/json."}
	}
	name := r.Header.Get("X-TC-Action")
	version := r.Header.Get("X-TC-Version")
	act, known := actions[name]
	switch {
	case name == "":
		return act, &apiError{"MissingParameter", "The request is missing the header `X-TC-Action`."}
	case !known:
		return act, &apiError{"InvalidAction", fmt.Sprintf("The request action=`%s` is invalid or not found.", name)}
	case version == "":
		return act, &apiError{"MissingParameter", "The request is missing the header `X-TC-Version`."}
	case version != act.version:
		if _, err := time.Parse(time.DateOnly, version); err != nil {
			return act, &apiError{"InvalidParameter", "The header `X-TC-Version` is not a date."}
		}
		return act, &apiError{"NoSuchVersion", fmt.Sprintf("The version `%s` does not exist.", version)}
	}
	return act, nil
}

// pace applies the rate limit: it accepts a request or throttles it, by the second of its arrival.
func (s *Simulator) pace(c *call, second int64) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.limiter.arrive(c.log.SecretID, second); c.set.Rate > 0 && n > c.set.Rate {
		s.stats.Refused++
		return &apiError{"RequestLimitExceeded", fmt.Sprintf("Your current request times equals to `%d` in a second, "+
			"which exceeds the frequency limit `%d` for a second. Please reduce the frequency of calls.", n,
			c.set.Rate)}
	}
	s.stats.accept(second)
	return nil
}

// record adds a finished request to the statistics and the journal.
func (s *Simulator) record(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.stats
	t.inFlight--
	switch {
	case c.log.Outcome == outcomeOK:
		t.Answered++
		t.Points += c.log.Points
	case !strings.HasPrefix(c.log.Outcome, "fault:"):
		t.Errors[c.log.Outcome]++
	}
	if c.faultKind != "" {
		t.Faults[c.faultKind]++
		if c.log.Outcome == outcomeOK {
			c.log.Outcome = "fault:" + c.faultKind
		}
	}
	s.journal.add(c.log)
}

// newRequestID returns a random UUID. It does not depend on the seed.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
