//go:build linux

package main

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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// vault is an installation with a secret of every kind: keys from the environment, from the file and of a role, and a password.
type vault struct {
	*rig
	searched int // bytes

	mu      sync.Mutex
	secrets map[string]string // by what it is
}

// The secrets that the test makes up; the key of the role comes from the simulator.
const (
	secretOfEnv      = "env-5f3a91c07d-secret"
	secretOfStatic   = "static-88b1e6f2a4-secret"
	secretToken      = "token-c39d7740ee-secret"
	secretPassword   = "password-1de9035bb7-secret"
	secretWrong      = "wrong-74c2f0aa6b-secret" // a mistake is a secret too: it may be the key of another system
	secretNoPassword = "nopassword-b0d1882e3f-secret"
)

func newVault(t *testing.T) *vault {
	t.Helper()
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{{Name: "loader", Password: secretPassword}}})
	v := &vault{rig: newRig(t, start, unlimited(), one+"  timeout: 1s\n  max_attempts: 2\n"), secrets: map[string]string{
		"the environment's key": secretOfEnv, "the file's key": secretOfStatic, "the token": secretToken, "the password": secretPassword,
		"a wrong key": secretWrong, "a wrong password": secretNoPassword,
	}}
	v.db = chtest.DB{Addr: server.TCPAddr(), Name: "traffic"}
	v.sim.AddKey(apisim.Key{SecretID: "AKIDenv", SecretKey: secretOfEnv})
	v.sim.AddKey(apisim.Key{SecretID: "AKIDstatic", SecretKey: secretOfStatic, Token: secretToken})
	front := httptest.NewServer(http.HandlerFunc(v.listen))
	t.Cleanup(front.Close)
	file := fmt.Sprintf(`accounts:
  - {name: env, endpoint: "%[1]s", requests_per_second: 20}
  - {name: static, endpoint: "%[1]s", requests_per_second: 20,
     credentials: {source: static, secret_id: AKIDstatic, secret_key: %[2]s, token: "${STATIC_TOKEN}"}}
  - {name: role, endpoint: "%[1]s", requests_per_second: 20,
     credentials: {source: assume-role, role_arn: "qcs::cam::uin/1:roleName/reader", endpoint: "%[1]s", secret_id: AKIDenv, secret_key: %[3]s}}
extract:%[4]s  timeout: 1s
  max_attempts: 2
clickhouse: {addresses: ["%[5]s"], database: traffic, username: loader, password: "${CLICKHOUSE_PASSWORD}"}
server: {listen: "127.0.0.1:0"}
log: {level: debug}
`, front.URL, secretOfStatic, secretOfEnv, one, v.db.Addr)
	if err := os.WriteFile(v.config, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	v.environment(secretOfEnv, secretPassword)
	return v
}

func (v *vault) environment(key, password string) {
	v.env = func(name string) (string, bool) {
		content, ok := map[string]string{
			"TENCENTCLOUD_SECRET_ID": "AKIDenv", "TENCENTCLOUD_SECRET_KEY": key, "STATIC_TOKEN": secretToken, "CLICKHOUSE_PASSWORD": password,
		}[name]
		return content, ok
	}
}

// listen passes a request on to the simulator, and notes the keys of roles that it gives away.
func (v *vault) listen(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-TC-Action") != "AssumeRole" {
		v.sim.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	v.sim.ServeHTTP(answer, r)
	var given struct {
		Response struct {
			Credentials struct{ Token, TmpSecretKey string }
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &given); err == nil && given.Response.Credentials.Token != "" {
		v.mu.Lock()
		v.secrets[fmt.Sprintf("key %d of the role", len(v.secrets))] = given.Response.Credentials.TmpSecretKey
		v.secrets[fmt.Sprintf("token %d of the role", len(v.secrets))] = given.Response.Credentials.Token
		v.mu.Unlock()
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// search looks for every secret in a text, also as it stands in a URL, in base64 and in JSON.
func (v *vault) search(where, text string) {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.searched += len(text)
	for what, secret := range v.secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)), fmt.Sprintf("%x", secret)} {
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
	code := run(ctx, world{args: args, env: v.env, stdout: out, stderr: out, now: v.clock})
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
