//go:build linux

package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/cli"
)

// vault is an installation with a secret of every kind: keys from the environment, from the file, of a role and of a
// pod's role, the pod's token, and a password. See ofTheHome for keys of the vendor's credentials file. That of a
// virtual machine is asked for at an address that nothing can move; extract searches what is said of it.
type vault struct {
	*rig
	searched int    // bytes
	front    string // the API's address
	pod      string // the file of its token
	pods     atomic.Int32

	mu      sync.Mutex
	secrets map[string]string // by what it is
}

// The secrets that the test makes up; the key of the role comes from the simulator.
const (
	secretOfEnv      = "env-5f3a91c07d-secret"
	secretOfStatic   = "static-88b1e6f2a4-secret"
	secretToken      = "token-c39d7740ee-secret"
	secretOfProfile  = "profile-e61fa94b28-secret"
	secretOfPod      = "pod-27c8d5013f-secret" // what its identity provider has signed
	secretPassword   = "password-1de9035bb7-secret"
	secretWrong      = "wrong-74c2f0aa6b-secret" // a mistake is a secret too: it may be the key of another system
	secretNoPassword = "nopassword-b0d1882e3f-secret"
)

func newVault(t *testing.T) *vault {
	t.Helper()
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{{Name: "loader", Password: secretPassword}}})
	v := &vault{rig: newRig(t, start, unlimited(), one+"  timeout: 1s\n  max_attempts: 2\n"), secrets: map[string]string{
		"the environment's key":      secretOfEnv,
		"the file's key":             secretOfStatic,
		"the token":                  secretToken,
		"the password":               secretPassword,
		"the credentials file's key": secretOfProfile,
		"the pod's token":            secretOfPod,
		"a wrong key":                secretWrong,
		"a wrong password":           secretNoPassword,
	}}
	v.db = chtest.On(server, "traffic")
	v.sim.AddKey(apisim.Key{SecretID: "AKIDenv", SecretKey: secretOfEnv})
	v.sim.AddKey(apisim.Key{SecretID: "AKIDstatic", SecretKey: secretOfStatic, Token: secretToken})
	v.sim.AddKey(apisim.Key{SecretID: "AKIDprofile", SecretKey: secretOfProfile})
	v.pod = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(v.pod, []byte(secretOfPod), 0o600); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.HandlerFunc(v.listen))
	t.Cleanup(front.Close)
	v.front = front.URL
	v.configured(fmt.Sprintf(`  - {name: env, endpoint: "%[1]s", requests_per_second: 20}
  - {name: static, endpoint: "%[1]s", requests_per_second: 20,
     credentials: {source: static, secret_id: AKIDstatic, secret_key: %[2]s, token: "${STATIC_TOKEN}"}}
  - {name: role, endpoint: "%[1]s", requests_per_second: 20,
     credentials: {source: assume-role, role_arn: "qcs::cam::uin/1:roleName/reader", endpoint: "%[1]s",
       secret_id: AKIDenv, secret_key: %[3]s}}
  - {name: pod, endpoint: "%[1]s", requests_per_second: 20, credentials: {source: oidc}}
`, v.front, secretOfStatic, secretOfEnv))
	v.environment(secretOfEnv, secretPassword)
	return v
}

// configured writes the configuration of these accounts.
func (v *vault) configured(accounts string) {
	v.t.Helper()
	file := "accounts:\n" + accounts +
		"extract:" + one + "  timeout: 1s\n  max_attempts: 2\n" +
		"clickhouse: {addresses: [\"" + v.db.Addr + "\"], database: traffic, " +
		"username: loader, password: \"${CLICKHOUSE_PASSWORD}\"}\n" +
		"server: {listen: \"127.0.0.1:0\"}\nlog: {level: debug}\n"
	if err := os.WriteFile(v.config, []byte(file), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

func (v *vault) environment(key, password string) {
	v.env = func(name string) (string, bool) {
		content, ok := map[string]string{
			"TENCENTCLOUD_SECRET_ID":      "AKIDenv",
			"TENCENTCLOUD_SECRET_KEY":     key,
			"STATIC_TOKEN":                secretToken,
			"CLICKHOUSE_PASSWORD":         password,
			"TKE_REGION":                  "ap-singapore",
			"TKE_PROVIDER_ID":             "cluster",
			"TKE_ROLE_ARN":                "qcs::cam::uin/1:roleName/pod",
			"TKE_WEB_IDENTITY_TOKEN_FILE": v.pod,
		}[name]
		return content, ok
	}
}

// listen passes a request on to the simulator, and notes the keys of roles that it gives away. What a pod is given it
// makes itself.
func (v *vault) listen(w http.ResponseWriter, r *http.Request) {
	switch r.Header.Get("X-TC-Action") {
	case "AssumeRole":
		answer := httptest.NewRecorder()
		v.sim.ServeHTTP(answer, r)
		var given struct {
			Response struct {
				Credentials struct{ Token, TmpSecretKey string }
			}
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &given); err == nil && given.Response.Credentials.Token != "" {
			v.note("the role", given.Response.Credentials.TmpSecretKey, given.Response.Credentials.Token)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	case "AssumeRoleWithWebIdentity":
		n := v.pods.Add(1)
		key := apisim.Key{
			SecretID:  fmt.Sprintf("AKIDpod%d", n),
			SecretKey: fmt.Sprintf("pod-key-%d-4be9017d-secret", n),
			Token:     fmt.Sprintf("pod-token-%d-0c55ea1f-secret", n),
		}
		v.note("the pod", key.SecretKey, key.Token)
		v.sim.AddKey(key)
		fmt.Fprintf(w,
			`{"Response": {"Credentials": {"TmpSecretId": %q, "TmpSecretKey": %q, "Token": %q}, "ExpiredTime": %d, `+
				`"RequestId": "of-the-pod-%d"}}`,
			key.SecretID, key.SecretKey, key.Token, time.Now().Add(time.Hour).Unix(), n)
	default:
		v.sim.ServeHTTP(w, r)
	}
}

// note takes a key that was given away for a secret.
func (v *vault) note(whose, key, token string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := len(v.secrets)
	v.secrets[fmt.Sprintf("key %d of %s", n, whose)] = key
	v.secrets[fmt.Sprintf("token %d of %s", n, whose)] = token
}

// search looks for every secret in a text, also as it stands in a URL, in base64 and in JSON.
func (v *vault) search(where, text string) {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.searched += len(text)
	for what, secret := range v.secrets {
		for _, form := range []string{
			secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
			fmt.Sprintf("%x", secret),
		} {
			if i := strings.Index(text, form); i >= 0 {
				v.t.Errorf("%s: %s is in it: …%s", where, what, text[max(0, i-100):min(len(text), i+len(form)+20)])
			}
		}
	}
}

// attempt runs a command until it ends, or has written mark, and searches what it says.
func (v *vault) attempt(situation string, command leaf, more ...string) result {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.t.Context(), time.Minute)
	defer stop()
	out := &stopper{mark: command.until, stop: stop}
	args := slices.Concat([]string{"--config", v.config}, strings.Fields(command.path), command.args, more)
	code := cli.Run(ctx, cli.World{Args: args, Env: v.env, Stdout: out, Stderr: out, Now: v.clock, Wait: hurry})
	got := result{code, out.text.String(), ""}
	v.search(situation+", "+command.path, got.stdout)
	return got
}

// stopper gathers output, and stops its writer when it contains a mark.
type stopper struct {
	mark string
	stop func()

	mu   sync.Mutex
	text bytes.Buffer
}

func (s *stopper) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if s.mark != "" && strings.Contains(s.text.String(), s.mark) {
		s.stop()
	}
	return len(p), nil
}
