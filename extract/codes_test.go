package extract

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// vendorCodes are the error codes of the vendor's page and of its common page, by class.
var vendorCodes = map[flow.Class]string{
	flow.Throttled: `
		RequestLimitExceeded RequestLimitExceeded.UinLimitExceeded RequestLimitExceeded.GlobalRegionUinLimitExceeded
		RequestLimitExceeded.IPLimitExceeded`,
	flow.Transient: `
		InternalError InternalError.ControlRequestError InternalError.MonitorDataRequestError
		InternalError.NetworkInfoRequestError ServiceUnavailable ResourceUnavailable ResourceInsufficient
		FailedOperation FailedOperation.Anything AuthFailure.SignatureExpire AuthFailure.TokenFailure`,
	flow.Refused: `ResponseSizeLimitExceeded InvalidParameterValue InvalidParameterValue.Anything`,
	flow.Denied: `
		AuthFailure AuthFailure.SecretIdNotFound AuthFailure.SignatureFailure AuthFailure.UnauthorizedOperation
		AuthFailure.MFAFailure AuthFailure.InvalidSecretId AuthFailure.InvalidAuthorization
		AuthFailure.SignatureExpired UnauthorizedOperation UnauthorizedOperation.CamNoAuth IpInBlacklist
		IpNotInWhitelist ActionOffline InvalidAction NoSuchProduct NoSuchVersion UnsupportedOperation
		UnsupportedProtocol UnsupportedRegion DryRunOperation LimitExceeded`,
	flow.Rejected: `
		InvalidParameter InvalidParameter.Anything InvalidRequest MissingParameter UnknownParameter
		RequestSizeLimitExceeded ResourceInUse ResourceNotFound ResourcesSoldOut SomethingNew SomethingNew.Anything
		requestlimitexceeded AuthFailureX Internal.Error`,
}

func TestEveryCodeHasItsClass(t *testing.T) {
	for class, codes := range vendorCodes {
		for code := range strings.FieldsSeq(codes) {
			if got := classify(code); got != class {
				t.Errorf("%s is %s, want %s", code, got, class)
			}
		}
	}
}

// TestWhatRemainsAfterTheLastTry: a code that allows one retry with a new signature or key stops the account the
// second time.
func TestWhatRemainsAfterTheLastTry(t *testing.T) {
	for code, want := range map[string]flow.Class{
		"AuthFailure.SignatureExpire": flow.Denied,
		"AuthFailure.TokenFailure":    flow.Denied,
		"AuthFailure.SecretIdMissing": flow.Denied,
		"InternalError":               flow.Transient,
		"FailedOperation":             flow.Transient,
		"RequestLimitExceeded":        flow.Throttled,
		"InvalidParameterValue":       flow.Refused,
		"MissingParameter":            flow.Rejected,
	} {
		if got := (&apiError{class: classify(code), code: code}).final(); got != want {
			t.Errorf("%s ends as %s, want %s", code, got, want)
		}
	}
}

func TestStatusesOfAnswersThatAreNoEnvelope(t *testing.T) {
	for status, want := range map[int]flow.Class{
		500: flow.Transient, 502: flow.Transient, 503: flow.Transient, 504: flow.Transient, 599: flow.Transient,
		408: flow.Transient,
		429: flow.Throttled,
		401: flow.Denied, 403: flow.Denied, 407: flow.Denied,
		301: flow.Rejected, 302: flow.Rejected, 204: flow.Rejected, 400: flow.Rejected, 404: flow.Rejected,
		405: flow.Rejected,
	} {
		if got := classifyStatus(status); got == nil || got.class != want {
			t.Errorf("status %d: %v, want %s", status, got, want)
		}
	}
	if got := classifyStatus(200); got != nil {
		t.Errorf("status 200: %v", got)
	}
	if got, want := classifyStatus(502).Error(), "HTTP status 502 Bad Gateway"; got != want {
		t.Errorf("status 502: %q, want %q", got, want)
	}
}

func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		code string
		off  time.Duration
		want string
	}{
		{"AuthFailure.SecretIdNotFound", 0, "no; check the secret id of the account's credentials (source static: " +
			"credentials.secret_id; source env: TENCENTCLOUD_SECRET_ID), and that the key is enabled in the console"},
		{"AuthFailure.SignatureFailure", 0, "no; check that the account's secret key belongs to its secret id " +
			"(source static: credentials.secret_key; source env: TENCENTCLOUD_SECRET_KEY)"},
		{"AuthFailure.TokenFailure", 0, "no; the temporary key's token is wrong or has expired: issue a new one"},
		{"AuthFailure.UnauthorizedOperation", 0,
			"no; grant the key mna:GetFlowStatisticByRegion (policy QcloudMNAReadOnlyAccess)"},
		{"UnauthorizedOperation", 0, "no; grant the key mna:GetFlowStatisticByRegion (policy QcloudMNAReadOnlyAccess)"},
		{"UnauthorizedOperation.CamNoAuth", 0,
			"no; grant the key mna:GetFlowStatisticByRegion (policy QcloudMNAReadOnlyAccess)"},
		{"IpNotInWhitelist", 0, "no; allow this machine's address for the key in the console"},
		{"IpInBlacklist", 0, "no; allow this machine's address for the key in the console"},
		{"AuthFailure.SignatureExpire", 10*time.Minute + 300*time.Millisecond,
			"no; this machine's clock is 10m0s ahead of the API's: set it (NTP), then run again"},
		{"AuthFailure.SignatureExpire", -10 * time.Minute,
			"no; this machine's clock is 10m0s behind the API's: set it (NTP), then run again"},
		{"AuthFailure.SignatureExpire", 0, "no; see the vendor's console, or ask its support with the request id"}, // no Date
		{"ActionOffline", 0, "no; see the vendor's console, or ask its support with the request id"},
		{"LimitExceeded", 0, "no; a quota of the account is used up: see the vendor's console"},
		{"InternalError", 0, "no"},
		{"InvalidParameter", 0, "no"},
	} {
		err := &apiError{class: classify(c.code), code: c.code, clockOff: c.off, err: errors.New("no")}
		if got := err.Error(); got != c.want {
			t.Errorf("%s: %q, want %q", c.code, got, c.want)
		}
	}
}
