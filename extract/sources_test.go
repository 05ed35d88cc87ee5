package extract_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/extract"
)

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

// home makes a home directory with the vendor's credentials file, without one if profile is empty, and hides the
// machine's own variables.
func home(t *testing.T, profile string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("TENCENTCLOUD_CREDENTIALS_FILE", filepath.Join(dir, "none"))
	if err := os.Unsetenv("TENCENTCLOUD_CREDENTIALS_FILE"); err != nil { // t.Setenv puts it back
		t.Fatal(err)
	}
	if profile == "" {
		return
	}
	if err := os.Mkdir(filepath.Join(dir, ".tencentcloud"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".tencentcloud", "credentials"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
}

const profile = "[default]\nsecret_id = AKIDprofile\nsecret_key = profile-secret\n"

const (
	anything = "*" // in an expected text: the SDK's words
	write    = "; write secret_id and secret_key under [default] into ~/.tencentcloud/credentials, or choose " +
		"another credentials.source"
)

// TestSourcesOfAKey: the sources that need no network.
func TestSourcesOfAKey(t *testing.T) {
	id, secret, token := extract.EnvID, extract.EnvSecret, extract.EnvToken
	for _, c := range []struct {
		what    string
		key     extract.Key
		env     map[string]string
		profile string
		want    string // id, secret and token
		fault   string
	}{
		{"static", extract.Key{Source: "static", ID: "AKIDstatic", Secret: "s"}, nil, "", "AKIDstatic s ", ""},
		{"static, temporary", extract.Key{Source: "static", ID: "AKIDstatic", Secret: "s", Token: "t"}, nil, "",
			"AKIDstatic s t", ""},
		{"env", extract.Key{Source: "env"}, map[string]string{id: "AKIDenv", secret: "s"}, "", "AKIDenv s ", ""},
		{"env, temporary", extract.Key{Source: "env"}, map[string]string{id: "AKIDenv", secret: "s", token: "t"}, "",
			"AKIDenv s t", ""},
		{"env, no id", extract.Key{Source: "env"}, map[string]string{secret: "hidden"}, "", "",
			"credentials env: TENCENTCLOUD_SECRET_ID is not set; set it, or choose another credentials.source"},
		{"env, no secret", extract.Key{Source: "env"}, map[string]string{id: "AKIDenv", token: "hidden"}, "", "",
			"credentials env: TENCENTCLOUD_SECRET_KEY is not set; set it, or choose another credentials.source"},
		{"env, an empty secret", extract.Key{Source: "env"}, map[string]string{id: "AKIDenv", secret: ""}, "", "",
			"credentials env: TENCENTCLOUD_SECRET_KEY is not set; set it, or choose another credentials.source"},
		{"env, neither", extract.Key{Source: "env"}, nil, "", "",
			"credentials env: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set; set them, or choose " +
				"another credentials.source"},
		{"profile", extract.Key{Source: "profile"}, nil, profile, "AKIDprofile profile-secret ", ""},
		{"profile, no file", extract.Key{Source: "profile"}, nil, "", "", "credentials profile: " + anything + write},
		{"profile, half a key", extract.Key{Source: "profile"}, nil, "[default]\nsecret_id = AKIDprofile\n", "",
			"credentials profile: " + anything + write},
		{"profile, another section", extract.Key{Source: "profile"}, nil,
			"[other]\nsecret_id = a\nsecret_key = hidden\n", "",
			"credentials profile: the file has no section [default]" + write},
		{"profile, an empty file", extract.Key{Source: "profile"}, nil, "\n", "",
			"credentials profile: the file has no section [default]" + write},
		{"chain, the environment first", extract.Key{Source: "chain"}, map[string]string{id: "AKIDenv", secret: "s"},
			profile, "AKIDenv s ", ""},
		{"chain, the profile next", extract.Key{Source: "chain"}, nil, profile, "AKIDprofile profile-secret ", ""},
		{"chain, half a key is a mistake", extract.Key{Source: "chain"}, map[string]string{id: "AKIDenv"}, profile, "",
			"credentials env: TENCENTCLOUD_SECRET_KEY is not set; set it, or choose another credentials.source"},
		{"assume-role, no caller", extract.Key{Source: "assume-role", Duration: time.Hour}, nil, "", "",
			"credentials env: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set; set them, or choose " +
				"another credentials.source"},
		{"oidc, not in a pod", extract.Key{Source: "oidc"}, nil, "", "",
			"credentials oidc: TKE_REGION, TKE_PROVIDER_ID, TKE_WEB_IDENTITY_TOKEN_FILE and TKE_ROLE_ARN are not set" +
				anything},
		{"unknown", extract.Key{Source: "vault"}, nil, "", "", `credentials source "vault" is unknown`},
		{"none", extract.Key{}, nil, "", "", `credentials source "" is unknown`},
	} {
		t.Run(c.what, func(t *testing.T) {
			home(t, c.profile)
			got, err := extract.Credential(c.key, environment(c.env), time.Now)
			if c.fault != "" {
				text := fmt.Sprint(err)
				if first, last, _ := strings.Cut(c.fault, anything); err == nil || !strings.HasPrefix(text, first) ||
					!strings.HasSuffix(text, last) {
					t.Errorf("error %s\nwant %s", text, c.fault)
				}
				if strings.Contains(text, "hidden") {
					t.Errorf("the secret stands in: %s", text)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			gotID, gotSecret, gotToken := got.GetCredential()
			if all := strings.Join([]string{gotID, gotSecret, gotToken}, " "); all != c.want {
				t.Errorf("key %q, want %q", all, c.want)
			}
		})
	}
}
