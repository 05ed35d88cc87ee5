package e2e

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// otherID is the key of an account that nothing is wrong with.
const otherID = "AKIDother"

// another adds an account with a key of its own, which is to be loaded whatever becomes of main.
func another(tr *trial) {
	tr.also = []string{"other"}
	tr.sim.AddKey(apisim.Key{SecretID: otherID, SecretKey: "other-secret"})
	tr.accounts(`{name: main, endpoint: "SIM", requests_per_second: 20}`,
		`{name: other, endpoint: "SIM", requests_per_second: 20, credentials: {source: static, secret_id: `+otherID+
			`, secret_key: other-secret}}`)
}

// codeFaults are the API's error codes, as facts/api.md groups them.
func codeFaults() []fault {
	var out []fault
	add := func(codes []string, f fault) {
		for _, code := range width(codes[:1], codes) { // extract's own tests class every code
			g := f
			g.name = code
			g.api = []apisim.Fault{{Code: code, Message: "of the vendor's", Count: f.api[0].Count, After: f.api[0].After}}
			if f.exit != 0 {
				g.says = append([]string{"of main/hourly/MC/public/total", code + ": of the vendor's", "request id"}, f.says...)
			}
			if f.api[0].Count > 0 {
				g.name += ", which passes"
			}
			out = append(out, g)
		}
	}
	fromFifth := []apisim.Fault{{After: 4}}
	forEver, passing := []apisim.Fault{{}}, func(n int) []apisim.Fault { return []apisim.Fault{{Count: n}} }

	add([]string{"RequestLimitExceeded", "RequestLimitExceeded.UinLimitExceeded",
		"RequestLimitExceeded.GlobalRegionUinLimitExceeded",
		"RequestLimitExceeded.IPLimitExceeded"}, fault{api: passing(7), requests: exactly(9 + 7), retries: exactly(7)})

	add([]string{"InternalError"}, fault{api: passing(5), requests: exactly(9 + 5), retries: exactly(5)})
	add([]string{
		"InternalError", "InternalError.ControlRequestError", "InternalError.MonitorDataRequestError",
		"InternalError.NetworkInfoRequestError", "ServiceUnavailable", "ResourceUnavailable", "ResourceInsufficient",
	}, fault{api: forEver, exit: 3, class: "transient", failed: exactly(1), requests: exactly(9 + 5), retries: exactly(5)})
	add([]string{"FailedOperation"}, fault{api: passing(2), requests: exactly(9 + 2), retries: exactly(2)})
	add([]string{"FailedOperation"}, fault{
		api: forEver, exit: 3, class: "transient", failed: exactly(1), requests: exactly(9 + 2), retries: exactly(2),
	})

	once := []string{"AuthFailure.SignatureExpire", "AuthFailure.TokenFailure"}
	add(once, fault{api: passing(1), requests: exactly(9 + 1), retries: exactly(1)})
	add(once, fault{
		api: fromFifth, before: another, exit: 4, class: "denied", failed: between(1, 2), retries: between(1, 5),
		// The second try, which goes alone, and beside it what was on the wire, on a busy machine all five, and the one
		// that was next. See TestRefusedKeysStop of extract, which has a clock of its own.
		requests: between(4+2, 4+5+2),
	})

	tooMuch := []string{"ResponseSizeLimitExceeded", "InvalidParameterValue", "InvalidParameterValue.BeginTime"}
	// 24 hours are halved five times, until the one that is to blame stands alone; then one more tells it from age, and
	// one asks for the rest.
	add(tooMuch, fault{api: passing(1), requests: between(9+5, 9+6)})
	add(tooMuch, fault{api: forEver, exit: 3, class: "refused", failed: exactly(1), requests: between(9+5, 9+7)})

	// Beside the refused request itself only what was on the wire then: on a busy machine one or two more, but not all
	// nine.
	denied := fault{api: fromFifth, exit: 4, class: "denied", failed: between(1, 2), requests: between(4+1, 4+1+3)}
	add([]string{
		"AuthFailure.InvalidSecretId", "AuthFailure.MFAFailure", "AuthFailure.SignatureFailure",
		"AuthFailure.UnauthorizedOperation", "UnauthorizedOperation.CamNoAuth", "IpInBlacklist", "IpNotInWhitelist",
		"ActionOffline", "InvalidAction", "NoSuchProduct", "NoSuchVersion", "UnsupportedOperation",
		"UnsupportedProtocol", "UnsupportedRegion", "DryRunOperation",
	}, denied)
	denied.before = another
	add([]string{"AuthFailure.SecretIdNotFound", "UnauthorizedOperation", "LimitExceeded"}, denied)

	add([]string{"InvalidParameter", "InvalidRequest", "MissingParameter", "UnknownParameter",
		"RequestSizeLimitExceeded", "ResourceInUse", "ResourceNotFound",
		"Unheard.Of"}, fault{api: forEver, exit: 3, class: "rejected", failed: exactly(1), requests: exactly(9)})
	return append(out,
		fault{
			name: "InvalidParameterValue of spans beyond 12 hours", requests: between(9+5, 9+5*2+12),
			settings: func(s *apisim.Settings) { s.MaxSpanHourly = apisim.Duration(12 * time.Hour) },
		},
		fault{
			name: "AuthFailure.SecretIdNotFound while a refused window is halved",
			exit: 4, class: "denied", failed: exactly(1), requests: exactly(9 + 1),
			api:  []apisim.Fault{{Code: "AuthFailure.SecretIdNotFound", After: 9}, {Code: "InvalidParameterValue"}},
			says: []string{"check the secret id"},
		},
		fault{
			name:   "AuthFailure.SecretIdNotFound beside a failed window",
			before: another, exit: 4, class: "denied", failed: between(1, 2),
			api: []apisim.Fault{
				{Code: "AuthFailure.SecretIdNotFound", After: 4},
				{Code: "InvalidParameter", Match: apisim.Match{SecretID: otherID}},
			},
			says: []string{"of main/hourly/MC/public/total", "of other/hourly/MC/public/total"}, requests: between(4+1, 4+1+3),
		},
	)
}
