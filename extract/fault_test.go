package extract_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestFaultsThatDoNotPass: the error of each lasting fault, and the number of requests before it.
func TestFaultsThatDoNotPass(t *testing.T) {
	code := func(code string) apisim.Fault { return apisim.Fault{Code: code, Message: "of the vendor's"} }
	kind := func(kind string) apisim.Fault { return apisim.Fault{Kind: kind} }
	for _, c := range []struct {
		fault    apisim.Fault
		class    flow.Class
		requests int
		text     string // "" where the network words it
	}{
		{code("InternalError"), flow.Transient, 6, "the API answered InternalError: of the vendor's"},
		{code("InternalError.ControlRequestError"), flow.Transient, 6,
			"the API answered InternalError.ControlRequestError: of the vendor's"},
		{code("ServiceUnavailable"), flow.Transient, 6, "the API answered ServiceUnavailable: of the vendor's"},
		{code("ResourceUnavailable"), flow.Transient, 6, "the API answered ResourceUnavailable: of the vendor's"},
		{code("ResourceInsufficient"), flow.Transient, 6, "the API answered ResourceInsufficient: of the vendor's"},
		{code("FailedOperation"), flow.Transient, 3, "the API answered FailedOperation: of the vendor's"},
		{code("AuthFailure.SecretIdNotFound"), flow.Denied, 1,
			"the API answered AuthFailure.SecretIdNotFound: of the vendor's; check the secret id"},
		{code("UnauthorizedOperation.CamNoAuth"), flow.Denied, 1,
			"the API answered UnauthorizedOperation.CamNoAuth: of the vendor's; grant the key"},
		{code("IpNotInWhitelist"), flow.Denied, 1,
			"the API answered IpNotInWhitelist: of the vendor's; allow this machine's address"},
		{code("ActionOffline"), flow.Denied, 1, "the API answered ActionOffline: of the vendor's"},
		{code("LimitExceeded"), flow.Denied, 1, "the API answered LimitExceeded: of the vendor's"},
		{code("InvalidParameterValue.BeginTime"), flow.Refused, 1,
			"the API answered InvalidParameterValue.BeginTime: of the vendor's"},
		{code("ResponseSizeLimitExceeded"), flow.Refused, 1,
			"the API answered ResponseSizeLimitExceeded: of the vendor's"},
		{code("InvalidParameter"), flow.Rejected, 1, "the API answered InvalidParameter: of the vendor's"},
		{code("ResourceNotFound"), flow.Rejected, 1, "the API answered ResourceNotFound: of the vendor's"},
		{code("Unheard.Of"), flow.Rejected, 1, "the API answered Unheard.Of: of the vendor's"},
		{apisim.Fault{Code: "InternalError", Message: "x", HTTPStatus: 500}, flow.Transient, 6,
			"the API answered InternalError: x"},
		// the code counts
		{apisim.Fault{Code: "MissingParameter", Message: "x", HTTPStatus: 500}, flow.Rejected, 1,
			"the API answered MissingParameter: x"},
		{kind(apisim.FaultHTML502), flow.Transient, 6, "HTTP status 502 Bad Gateway"},
		{apisim.Fault{Kind: apisim.FaultHTML502, HTTPStatus: 200}, flow.Transient, 6, "is not the API's JSON"},
		{apisim.Fault{Kind: apisim.FaultHTML502, HTTPStatus: 404}, flow.Rejected, 1, "HTTP status 404 Not Found"},
		{apisim.Fault{Kind: apisim.FaultHTML502, HTTPStatus: 403}, flow.Denied, 1, "HTTP status 403 Forbidden"},
		{apisim.Fault{Kind: apisim.FaultHTML502, HTTPStatus: 407}, flow.Denied, 1,
			"HTTP status 407 Proxy Authentication Required"},
		{apisim.Fault{Kind: apisim.FaultTruncate, HTTPStatus: 503}, flow.Transient, 6,
			"HTTP status 503 Service Unavailable"},
		{kind(apisim.FaultReset), flow.Transient, 6, ""},
		{kind(apisim.FaultResetBody), flow.Transient, 6, "the answer broke off"},
		{kind(apisim.FaultTruncate), flow.Transient, 6, "is not the API's JSON: unexpected end of JSON input"},
		{kind(apisim.FaultGarbage), flow.Transient, 6, "is not the API's JSON: invalid character"},
		{kind(apisim.FaultEmptyObject), flow.Transient, 6, "the answer of 2 bytes has no Response"},
		{kind(apisim.FaultNullResponse), flow.Transient, 6, "the answer of 17 bytes has no Response"},
		{kind(apisim.FaultTimeNotNumber), flow.Disagrees, 1, `Time "yesterday" is not epoch seconds`},
		{kind(apisim.FaultNegative), flow.Disagrees, 1, "negative"},
		{kind(apisim.FaultCurrent1e30), flow.Disagrees, 1, "Current 1e30: more bytes than 64 bits hold"},
	} {
		name := strings.Trim(fmt.Sprint(c.fault.Kind, " ", c.fault.Code, " ", c.fault.HTTPStatus), " 0")
		t.Run(name, func(t *testing.T) {
			r := online(t, c.fault)
			_, err := r.fetch(hourly, aDay)
			got := r.failure(err)
			want := flow.Error{
				Class: c.class, RequestID: got.RequestID, Attempts: c.requests, Err: got.Err,
				Doing: "asking for [2026-05-09T16:00Z, 2026-05-10T16:00Z) of main/hourly/MC/public/total",
				Sent:  flow.Stamp{At: now.Add(time.Duration(c.requests) * time.Second), Version: uint64(c.requests)},
			}
			if diff := cmp.Diff(want, *got, cmp.Comparer(errors.Is)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if received := r.sim.Stats().Received; received != c.requests || len(r.waits) != c.requests-1 {
				t.Errorf("%d requests and %d waits, want %d requests", received, len(r.waits), c.requests)
			}
			if !strings.Contains(err.Error(), c.text) || !strings.HasPrefix(err.Error(), want.Doing+": ") {
				t.Errorf("error %s\nwant %s", err, c.text)
			}
			named := c.class == flow.Disagrees || c.fault.Code != ""
			if named != (got.RequestID == r.last().RequestID) {
				t.Errorf("request id %q, of the answer %q", got.RequestID, r.last().RequestID)
			}
		})
	}
}

// TestFaultsThatPass: each fault costs one request more, and the answer is right.
func TestFaultsThatPass(t *testing.T) {
	for _, f := range []apisim.Fault{
		{Code: "InternalError", Count: 5},
		{Code: "ServiceUnavailable", Count: 1},
		{Code: "FailedOperation", Count: 2},
		{Code: "RequestLimitExceeded", Count: 9},
		{Code: "RequestLimitExceeded.UinLimitExceeded", Count: 9},
		{Code: "RequestLimitExceeded.GlobalRegionUinLimitExceeded", Count: 9},
		{Code: "RequestLimitExceeded.IPLimitExceeded", Count: 9},
		{Kind: apisim.FaultHTML502, HTTPStatus: 429, Count: 9},
		{Code: "AuthFailure.SignatureExpire", Count: 1},
		{Code: "AuthFailure.TokenFailure", Count: 1},
		{Kind: apisim.FaultHTML502, Count: 5},
		{Kind: apisim.FaultReset, Count: 5},
		{Kind: apisim.FaultResetBody, Count: 5},
		{Kind: apisim.FaultTruncate, Count: 5},
		{Kind: apisim.FaultGarbage, Count: 5},
		{Kind: apisim.FaultEmptyObject, Count: 5},
		{Kind: apisim.FaultNullResponse, Count: 5},
	} {
		t.Run(strings.TrimSpace(f.Kind+" "+f.Code), func(t *testing.T) {
			r := online(t, f)
			got, err := r.fetch(hourly, aDay)
			if err != nil {
				t.Fatal(err)
			}
			throttled := 0
			if strings.HasPrefix(f.Code, "RequestLimitExceeded") || f.HTTPStatus == 429 {
				throttled = f.Count
			}
			if got.Attempts != f.Count+1 || got.Throttled != throttled || r.sim.Stats().Received != f.Count+1 {
				t.Errorf("%d attempts (%d throttled), %d requests; want %d and %d", got.Attempts, got.Throttled,
					r.sim.Stats().Received, f.Count+1, throttled)
			}
			if diff := cmp.Diff(r.truth(hourly, aDay), got.Points); diff != "" {
				t.Errorf("points (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaitsBetweenTries(t *testing.T) {
	r := online(t, apisim.Fault{Code: "InternalError"})
	draws, drawn := []float64{0.999, 0, 0.5, 0.25, 0.75}, 0
	r.deps.Random = func() float64 { drawn++; return draws[(drawn-1)%len(draws)] }
	_, err := r.fetch(hourly, aDay)
	if r.failure(err).Class != flow.Transient {
		t.Error(err)
	}
	const ms = time.Millisecond
	want := []time.Duration{4995 * ms / 10, 0, 1000 * ms, 1000 * ms, 6000 * ms} // of 500ms, 1s, 2s, 4s and 8s
	if diff := cmp.Diff(want, r.waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if text := r.log.String(); strings.Count(text, "trying again") != 5 ||
		!strings.Contains(text, "request_id="+r.sim.Requests(0)[0].RequestID) {
		t.Errorf("log:\n%s", text)
	}
}
