package extract_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// issue adds a temporary key to the simulator, and returns the answer in which a token service issues it.
func (r *rig) issue(n int) map[string]any {
	k := apisim.Key{
		SecretID: fmt.Sprintf("AKIDtmp%d", n), SecretKey: fmt.Sprintf("%s-%d", secretKey, n),
		Token: fmt.Sprintf("%s-%d", secretToken, n),
	}
	r.sim.AddKey(k)
	return map[string]any{"TmpSecretId": k.SecretID, "TmpSecretKey": k.SecretKey, "Token": k.Token,
		"ExpiredTime": time.Now().Add(time.Hour).Unix(), "Code": "Success"}
}

// TestTheRoleOfTheMachine reads keys from a metadata service over real HTTP.
func TestTheRoleOfTheMachine(t *testing.T) {
	const path = "/latest/meta-data/cam/security-credentials/"
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); fmt.Fprint(w, body) }
	}
	for _, c := range []struct {
		what, name string
		handlers   map[string]http.HandlerFunc // beside the key of the role "reader"
		class      flow.Class                  // of the error; empty: none
		says       string
	}{
		{"its name comes from the metadata", "", map[string]http.HandlerFunc{"{$}": answer(200, "reader\n")}, "", ""},
		{"its name is known", "reader", nil, "", ""},
		{"none is bound", "", nil, flow.Denied,
			"HTTP status 404 Not Found; bind a role to this machine in the console"},
		{"another is bound", "writer", nil, flow.Denied, "or set credentials.role_name to the one that is bound"},
		{"no key", "writer", map[string]http.HandlerFunc{"writer": answer(200, `{"Code":"NoPolicy"}`)}, flow.Denied,
			"no key for role writer, code NoPolicy"},
		{"a failing service", "writer", map[string]http.HandlerFunc{"writer": answer(503, "")}, flow.Transient,
			"HTTP status 503"},
		{"a page instead", "writer", map[string]http.HandlerFunc{"writer": answer(200, "<html>")}, flow.Transient,
			"an answer of 6 bytes that holds no key; is this a virtual machine"},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := newRig(t)
			mux := http.NewServeMux()
			mux.Handle("/", r.sim)
			mux.HandleFunc("GET "+path+"reader",
				func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(r.issue(1)) })
			for name, h := range c.handlers {
				mux.HandleFunc("GET "+path+name, h)
			}
			r.serve(mux)
			credential, err := extract.Credential(extract.Key{Source: "cvm-role", RoleName: c.name,
				Endpoint: r.config.Endpoint}, environment(nil), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			r.deps.Credential = credential
			_, err = r.fetch(hourly, aDay)
			if c.class == "" {
				if err != nil || r.last().SecretID != "AKIDtmp1" {
					t.Error(err)
				}
				return
			}
			if got := r.failure(err); got.Class != c.class || !strings.Contains(err.Error(), c.says) ||
				got.Attempts != 0 {
				t.Errorf("%s: %v", got.Class, err)
			}
		})
	}
}

// TestTheRoleOfAPod takes a role with the token in a file, which Kubernetes renews.
func TestTheRoleOfAPod(t *testing.T) {
	r := newRig(t)
	var requests []map[string]any
	x := take(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("X-TC-Action") != "AssumeRoleWithWebIdentity" {
			r.sim.ServeHTTP(w, q)
			return
		}
		var body map[string]any
		if err := json.NewDecoder(q.Body).Decode(&body); err != nil || q.Header.Get("Authorization") != "SKIP" ||
			q.Header.Get("X-TC-Region") != "ap-singapore" {
			t.Errorf("%v: %v", err, q.Header)
		}
		requests = append(requests, body)
		key := r.issue(len(requests))
		_ = json.NewEncoder(w).Encode(map[string]any{"Response": map[string]any{"Credentials": key,
			"ExpiredTime": key["ExpiredTime"], "RequestId": "r"}})
	}), r)
	file := filepath.Join(t.TempDir(), "token")
	credential, err := extract.Credential(extract.Key{Source: "oidc", Endpoint: x.config.Endpoint},
		environment(map[string]string{
			"TKE_REGION": "ap-singapore", "TKE_PROVIDER_ID": "cluster", "TKE_WEB_IDENTITY_TOKEN_FILE": file,
			"TKE_ROLE_ARN": role,
		}), x.now)
	if err != nil {
		t.Fatal(err)
	}
	x.deps.Credential = credential
	_, err = x.fetch(hourly, aDay)
	if got := x.failure(err); got.Class != flow.Denied ||
		!strings.Contains(err.Error(), "no such file or directory; check TKE_WEB_IDENTITY_TOKEN_FILE") {
		t.Errorf("no file: %v", err)
	}
	for n := 1; n <= 2; n++ {
		if err := os.WriteFile(file, fmt.Appendf(nil, "%s-of-the-pod-%d", secretToken, n), 0o600); err != nil {
			t.Fatal(err)
		}
		x.many(10)
		if got, want := x.signer(), fmt.Sprintf("AKIDtmp%d", n); got != want || len(requests) != n {
			t.Fatalf("signed by %s after %d renewals, want %s", got, len(requests), want)
		}
		if got := requests[n-1]; got["WebIdentityToken"] != fmt.Sprintf("%s-of-the-pod-%d", secretToken, n) ||
			got["ProviderId"] != "cluster" || got["RoleArn"] != role {
			t.Errorf("requested with %v", got)
		}
		x.pass(time.Hour)
	}
}

func TestLimit(t *testing.T) {
	arn := map[string]string{"TKE_REGION": "r", "TKE_PROVIDER_ID": "p", "TKE_WEB_IDENTITY_TOKEN_FILE": "f",
		"TKE_ROLE_ARN": role}
	home(t, "")
	for _, c := range []struct {
		key  extract.Key
		want string
	}{
		{extract.Key{Source: "static", ID: "AKIDa", Secret: "s"}, "key AKIDa"},
		{extract.Key{Source: "assume-role", ID: "AKIDa", Secret: "s", RoleARN: role}, "role " + role},
		{extract.Key{Source: "assume-role", ID: "AKIDb", Secret: "s", RoleARN: role}, "role " + role},
		{extract.Key{Source: "oidc"}, "role " + role},
		{extract.Key{Source: "cvm-role", RoleName: "reader"}, "role of this machine"},
		{extract.Key{Source: "chain"}, "role of this machine"},
	} {
		credential, err := extract.Credential(c.key, environment(arn), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if got := extract.Limit(credential); got != c.want {
			t.Errorf("%s: %q, want %q", c.key.Source, got, c.want)
		}
	}
}
