package extract_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// evil is text that no service should send.
const evil = "\x1b[2J\u202e\u0085\u009b31m\u200b\x00"

// harmless fails on text with escape sequences, invisible characters or secrets, and on text that is too long.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)
	}); i >= 0 {
		t.Errorf("%s holds %q: %.300q", what, text[i:i+1], text)
	}
	if len(text) > 4000 {
		t.Errorf("%s has %d bytes", what, len(text))
	}
	for _, secret := range []string{secretID, secretKey, secretToken} {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds %q: %.300q", what, secret, text)
		}
	}
}

func TestWhatTheAPISaysIsOnlyText(t *testing.T) {
	huge := strings.Repeat(evil, 1<<16)
	echo := "you sent " + secretID + " and " + secretKey + " with " + secretToken
	for what, fault := range map[string]apisim.Fault{
		"code":                {Code: "Evil" + evil, Message: "no"},
		"message":             {Code: "InvalidParameter", Message: evil + "no"},
		"request id":          {Code: "InvalidParameter", Message: "no", RequestID: "id" + evil},
		"huge code":           {Code: "E" + huge, Message: "no"},
		"huge message":        {Code: "InvalidParameter", Message: huge},
		"huge request id":     {Code: "InvalidParameter", Message: "no", RequestID: huge},
		"echo in message":     {Code: "AuthFailure.SignatureFailure", Message: echo},
		"echo at the cut":     {Code: "AuthFailure.SignatureFailure", Message: strings.Repeat("x", 480) + secretKey},
		"echo in code":        {Code: "AuthFailure." + secretKey, Message: "no"},
		"echo in id":          {Code: "InternalError", Message: "no", RequestID: secretToken},
		"tried several times": {Code: "InternalError", Message: evil + echo, RequestID: huge},
	} {
		t.Run(what, func(t *testing.T) {
			r := online(t)
			if err := r.sim.AddFaults(fault); err != nil {
				t.Fatal(err)
			}
			_, err := r.fetch(hourly, aDay)
			got := r.failure(err)
			harmless(t, "the error", err.Error())
			harmless(t, "the request id", got.RequestID)
			if strings.Contains(err.Error(), secretKey[:8]) {
				t.Errorf("half a key is left: %s", err)
			}
			if n := len([]rune(got.RequestID)); n > 64 {
				t.Errorf("a request id of %d characters", n)
			}
			for line := range strings.Lines(r.log.String()) {
				harmless(t, "the log", strings.TrimSuffix(line, "\n"))
			}
		})
	}
}

func TestTheIDOfAnAnswerIsOnlyText(t *testing.T) {
	for _, id := range []string{"id" + evil, strings.Repeat("i", 1<<20), secretKey} {
		r := online(t)
		if err := r.sim.AddFaults(apisim.Fault{Kind: apisim.FaultSlow, RequestID: id}); err != nil {
			t.Fatal(err)
		}
		answer, err := r.fetch(hourly, aDay)
		if err != nil || len(answer.Points) == 0 || answer.RequestID == "" {
			t.Fatalf("%d points, %v", len(answer.Points), err)
		}
		harmless(t, "the request id", answer.RequestID)
		if n := len([]rune(answer.RequestID)); n > 64 {
			t.Errorf("%d characters", n)
		}
	}
}

// wayFunc is an http.RoundTripper made of a function.
type wayFunc func(*http.Request) (*http.Response, error)

func (f wayFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatTheWaySaysIsOnlyText(t *testing.T) {
	for what, way := range map[string]wayFunc{
		"a header that is none": func(*http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("malformed MIME header line: %s%s %s", evil, strings.Repeat("h", 1<<20), secretKey)
		},
		"a point that is none": func(*http.Request) (*http.Response, error) {
			body := `{"Response":{"RequestId":"id","NetDetails":[{"Time":"\u001b[2J` +
				strings.ReplaceAll(secretToken, "-", `\u002d`) + `","Current":1}]}}`
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}, nil
		},
	} {
		t.Run(what, func(t *testing.T) {
			r := online(t)
			r.deps.Transport = way
			_, err := r.fetch(hourly, aDay)
			harmless(t, "the error", r.failure(err).Error())
			if strings.Contains(err.Error(), secretKey) || strings.Contains(err.Error(), secretToken) {
				t.Error(err)
			}
		})
	}
	r := online(t)
	r.deps.Transport = wayFunc(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("%s: %w", evil, context.DeadlineExceeded)
	})
	if _, err := r.fetch(hourly, aDay); flow.ClassOf(err) != flow.Transient ||
		!errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestWhatIssuersOfKeysSayIsOnlyText(t *testing.T) {
	huge := strings.Repeat(evil, 1<<14)
	for what, fault := range map[string]apisim.Fault{
		"evil": {Code: "Evil" + evil, Message: evil + "no", RequestID: evil},
		"huge": {Code: "E" + huge, Message: huge, RequestID: huge},
		"echo": {Code: "AuthFailure." + secretID, Message: secretKey + " " + secretToken, RequestID: secretKey},
	} {
		t.Run("sts, "+what, func(t *testing.T) {
			x := take(t, nil, newRig(t))
			fault.Match.Action = takeRole
			x.faults(fault)
			_, err := x.fetch(hourly, aDay)
			harmless(t, "the error", x.failure(err).Error())
			if !strings.Contains(err.Error(), "check the caller's key") {
				t.Errorf("the advice is lost: %v", err)
			}
		})
	}
	for what, answer := range map[string]string{
		"code": `{"Code":"\u001b[2J\u202e` + secretID + `"}`,
		"page": evil,
		"huge": `{"Code":"` + strings.Repeat("x", 50_000) + `"}`,
	} {
		t.Run("metadata, "+what, func(t *testing.T) {
			handler := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }
			machine := httptest.NewServer(http.HandlerFunc(handler))
			t.Cleanup(machine.Close)
			r := online(t)
			credential, err := extract.Credential(extract.Key{Source: "cvm-role", Endpoint: machine.URL},
				environment(nil), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			r.deps.Credential = credential
			_, err = r.fetch(hourly, aDay)
			text := r.failure(err).Error()
			// a machine has its own keys and does not know secretID
			harmless(t, "the error", strings.ReplaceAll(text, secretID, ""))
		})
	}
}
