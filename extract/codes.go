package extract

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Codes that are handled by name, beyond their class.
const (
	codeSignatureExpire = "AuthFailure.SignatureExpire"
	codeTokenFailure    = "AuthFailure.TokenFailure"
	codeFailedOperation = "FailedOperation"
)

// classes gives each of the API's error codes its class. A sub-code that is not listed has the class of its first
// part: InternalError.Db is an InternalError. The codes come from the vendor's page of GetFlowStatisticByRegion and
// from the common error codes of its API 3.0.
var classes = map[string]flow.Class{
	"RequestLimitExceeded": flow.Throttled,

	"InternalError":        flow.Transient,
	"ServiceUnavailable":   flow.Transient,
	"ResourceUnavailable":  flow.Transient,
	"ResourceInsufficient": flow.Transient,
	codeFailedOperation:    flow.Transient,
	codeSignatureExpire:    flow.Transient, // retried once, signed with a fresh clock
	codeTokenFailure:       flow.Transient, // retried once, with a fresh temporary key

	"ResponseSizeLimitExceeded": flow.Refused,
	"InvalidParameterValue":     flow.Refused,

	"AuthFailure":           flow.Denied,
	"UnauthorizedOperation": flow.Denied,
	"IpInBlacklist":         flow.Denied,
	"IpNotInWhitelist":      flow.Denied,
	"ActionOffline":         flow.Denied,
	"InvalidAction":         flow.Denied,
	"NoSuchProduct":         flow.Denied,
	"NoSuchVersion":         flow.Denied,
	"UnsupportedOperation":  flow.Denied,
	"UnsupportedProtocol":   flow.Denied,
	"UnsupportedRegion":     flow.Denied,
	"DryRunOperation":       flow.Denied,
	"LimitExceeded":         flow.Denied,
	// Everything else is flow.Rejected: the window fails and the account goes on.
}

// apiError is the failure of one request.
type apiError struct {
	class     flow.Class
	code      string // the API's error code; empty when none arrived
	requestID string
	clockOff  time.Duration // only with codeSignatureExpire: this machine's clock less the API's; 0 when unknown
	err       error
}

func (e *apiError) Unwrap() error { return e.err }

func (e *apiError) Error() string {
	switch {
	case e.code == codeSignatureExpire && e.clockOff != 0:
		direction := "ahead of"
		if e.clockOff < 0 {
			direction = "behind"
		}
		return fmt.Sprintf("%s; this machine's clock is %s %s the API's: set it (NTP), then run again",
			e.err, e.clockOff.Abs().Round(time.Second), direction)
	case e.class == flow.Denied || e.final() == flow.Denied:
		return e.err.Error() + advice(e.code)
	}
	return e.err.Error()
}

// final is the class of the error after the last retry. A key or a clock that is refused twice is no longer transient.
func (e *apiError) final() flow.Class {
	if e.code == codeSignatureExpire || e.code == codeTokenFailure {
		return flow.Denied
	}
	return e.class
}

// classify returns the class of an error code; see classes.
func classify(code string) flow.Class {
	if class, ok := classes[code]; ok {
		return class
	}
	first, _, _ := strings.Cut(code, ".")
	if class, ok := classes[first]; ok {
		return class
	}
	return flow.Rejected
}

// classifyStatus turns the HTTP status of an answer without an API envelope, such as a proxy's, into an error. It
// returns nil for 200.
func classifyStatus(status int) *apiError {
	err := fmt.Errorf("HTTP status %d %s", status, http.StatusText(status))
	switch {
	case status == http.StatusTooManyRequests:
		return &apiError{class: flow.Throttled, err: err}
	case status >= 500 || status == http.StatusRequestTimeout:
		return &apiError{class: flow.Transient, err: err}
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusProxyAuthRequired:
		return &apiError{class: flow.Denied, err: err}
	case status != http.StatusOK:
		return &apiError{class: flow.Rejected, err: err}
	}
	return nil
}

// statusAdvice tells the operator where a status may come from that is none of the API's: it answers with 200.
func statusAdvice(status int) string {
	switch {
	case status == http.StatusProxyAuthRequired:
		return "; the proxy wants a user and a password: write HTTPS_PROXY=http://user:password@host:port"
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		return "; this is not the API: check the account's endpoint, and what stands between it and this machine"
	}
	return ""
}

// advice tells the operator how to fix the cause of a code that stops the account.
func advice(code string) string {
	switch {
	case code == "AuthFailure.SecretIdNotFound":
		return "; check the secret id of the account's credentials (source static: credentials.secret_id; source env: " +
			EnvID + "), and that the key is enabled in the console"
	case code == "AuthFailure.SignatureFailure":
		return "; check that the account's secret key belongs to its secret id (source static: " +
			"credentials.secret_key; source env: " + EnvSecret + ")"
	case code == codeTokenFailure:
		return "; the temporary key's token is wrong or has expired: issue a new one"
	case strings.HasPrefix(code, "UnauthorizedOperation"), code == "AuthFailure.UnauthorizedOperation":
		return "; grant the key mna:GetFlowStatisticByRegion (policy QcloudMNAReadOnlyAccess)"
	case strings.HasPrefix(code, "Ip"):
		return "; allow this machine's address for the key in the console"
	case strings.HasPrefix(code, "LimitExceeded"):
		return "; a quota of the account is used up: see the vendor's console"
	case code != "":
		return "; see the vendor's console, or ask its support with the request id"
	}
	return ""
}
