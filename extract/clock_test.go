package extract_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestAClockThatIsWrong: the first refusal is retried, since the request may have been slow; the second stops the
// account, and the error says how wrong the clock is.
func TestAClockThatIsWrong(t *testing.T) {
	for _, c := range []struct {
		api  time.Duration // the API's clock less this machine's
		text string
	}{
		{10 * time.Minute,
			`AuthFailure\.SignatureExpire: .*; this machine's clock is (10m0s|9m5\ds) behind the API's: ` +
				`set it \(NTP\), then run again \(request id `},
		{-10 * time.Minute,
			`AuthFailure\.SignatureExpire: .*; this machine's clock is 10m\d{1,2}s ahead of the API's: ` +
				`set it \(NTP\), then run again \(request id `},
	} {
		r := online(t)
		r.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(c.api) })
		_, err := r.fetch(hourly, aDay)
		if got := r.failure(err); got.Class != flow.Denied || got.Attempts != 2 || got.RequestID != r.last().RequestID {
			t.Errorf("%s after %d requests, request id %s", got.Class, got.Attempts, got.RequestID)
		}
		if !regexp.MustCompile(c.text).MatchString(err.Error()) {
			t.Errorf("%s\nwant %s", err, c.text)
		}
		if n := r.sim.Stats().Received; n != 2 || len(r.waits) != 1 || r.waits[0] != 0 {
			t.Errorf("%d requests, waits %s; want 2 requests with no wait between", n, r.waits)
		}
	}
}

func TestAClockThatIsWrongWithinTheLimit(t *testing.T) {
	r := online(t)
	r.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(4 * time.Minute) })
	if got, err := r.fetch(hourly, aDay); err != nil || got.Attempts != 1 {
		t.Errorf("%d attempts, %v", got.Attempts, err)
	}
}

// rotating is a temporary key whose token is renewed after its first use.
type rotating struct {
	common.Credential
	tokens []string
}

func (r *rotating) GetCredential() (string, string, string) {
	token := r.tokens[0]
	if len(r.tokens) > 1 {
		r.tokens = r.tokens[1:]
	}
	return secretID, secretKey, token
}

func TestATemporaryKeyIsTakenAnew(t *testing.T) {
	for _, c := range []struct {
		what     string
		tokens   []string
		requests int
		denied   bool
	}{
		{"valid", []string{secretToken}, 1, false},
		{"renewed", []string{secretToken + "-of-yesterday", secretToken}, 2, false},
		{"expired for good", []string{secretToken + "-of-yesterday"}, 2, true},
		{"renewed too late", []string{secretToken + "-1", secretToken + "-2", secretToken}, 2, true},
	} {
		r := online(t)
		r.deps.Credential = &rotating{tokens: c.tokens}
		_, err := r.fetch(hourly, aDay)
		if n := r.sim.Stats().Received; n != c.requests || (err != nil) != c.denied {
			t.Errorf("%s: %d requests, %v", c.what, n, err)
		}
		if c.denied {
			if got := r.failure(err); got.Class != flow.Denied || got.Attempts != 2 {
				t.Errorf("%s: %s after %d requests", c.what, got.Class, got.Attempts)
			}
		}
	}
}

func TestAKeyThatIsWrong(t *testing.T) {
	for what, credential := range map[string]common.CredentialIface{
		"secret id": common.NewTokenCredential("AKIDother", secretKey, secretToken),
		"secret":    common.NewTokenCredential(secretID, secretKey+"x", secretToken),
	} {
		r := online(t)
		r.deps.Credential = credential
		_, err := r.fetch(hourly, aDay)
		if got := r.failure(err); got.Class != flow.Denied || r.sim.Stats().Received != 1 {
			t.Errorf("wrong %s: %s after %d requests", what, got.Class, r.sim.Stats().Received)
		}
	}
}
