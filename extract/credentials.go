package extract

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Key says which of the vendor's secret keys to use and where it comes from.
type Key struct {
	Source     string        // env, static, profile, cvm-role, assume-role, oidc or chain
	ID, Secret string        // static; with assume-role the key that takes the role
	Token      string        // only with a temporary key
	RoleARN    string        // assume-role
	Session    string        // assume-role: the name that the vendor's audit log shows
	Duration   time.Duration // assume-role: life of the temporary key; 0: one hour
	// Endpoint is the URL of STS (assume-role, oidc) or of the machine's metadata (cvm-role, chain; empty: the usual
	// one).
	Endpoint string
	RoleName string // cvm-role; empty: the role that the metadata name
}

// Names of the environment variables that hold a key. The vendor's SDK reads the same ones.
const (
	EnvID     = "TENCENTCLOUD_SECRET_ID"
	EnvSecret = "TENCENTCLOUD_SECRET_KEY"
	EnvToken  = "TENCENTCLOUD_TOKEN"
)

// Credential returns the credential to sign with. It sends no request: a temporary key is fetched when the first
// request needs it, so that a token service that is down fails this account alone. The error is a fault of the
// configuration: a variable or file is missing, or the source is unknown.
func Credential(k Key, env func(string) (string, bool), now func() time.Time) (common.CredentialIface, error) {
	switch k.Source {
	case "static":
		for name, value := range map[string]string{"secret_id": k.ID, "secret_key": k.Secret, "token": k.Token} {
			if err := printable("credentials."+name, value); err != nil {
				return nil, err
			}
		}
		return common.NewTokenCredential(k.ID, k.Secret, k.Token), nil
	case "env":
		return fromEnv(env)
	case "profile":
		return fromProfile(k.Source, common.DefaultProfileProvider())
	case "cvm-role":
		return ofMachine(k, now), nil
	case "oidc":
		return ofPod(k, env, now)
	case "assume-role":
		return ofRole(k, env, now)
	case "chain":
		key, err := fromEnv(env)
		// an id without its secret is a mistake: do not try the next source
		if id, _ := env(EnvID); err == nil || id != "" {
			return key, err
		}
		profileThenMachine := []common.Provider{common.DefaultProfileProvider(), last{ofMachine(k, now)}}
		return fromProfile(k.Source, common.NewProviderChain(profileThenMachine))
	}
	return nil, fmt.Errorf("credentials source %q is unknown", k.Source)
}

// Limit names the rate limit that a credential falls under. Credentials with the same name share a Pace.
//
// A permanent key has a limit of its own. A temporary key changes its id with each renewal, so it falls under the
// limit of its role: two accounts that take role R share one pace. A machine has one role. The vendor counts by user,
// and two permanent keys may belong to one user; this program cannot see that.
func Limit(c common.CredentialIface) string {
	if r, ok := c.(*Renewing); ok {
		return r.limit
	}
	return "key " + c.GetSecretId()
}

// fromEnv reads the key from the environment variables.
func fromEnv(env func(string) (string, bool)) (common.CredentialIface, error) {
	if err := present("env", env, EnvID, EnvSecret); err != nil {
		return nil, err
	}
	id, _ := env(EnvID)
	secret, _ := env(EnvSecret)
	token, _ := env(EnvToken)
	if err := printable(EnvToken, token); err != nil {
		return nil, fmt.Errorf("credentials env: %w", err)
	}
	return common.NewTokenCredential(id, secret, token), nil
}

// present returns an error that names every variable that a source needs and that is not set.
func present(source string, env func(string) (string, bool), names ...string) error {
	var missing []string
	for _, name := range names {
		v, _ := env(name)
		if v == "" {
			missing = append(missing, name)
		}
		if err := printable(name, v); err != nil {
			return fmt.Errorf("credentials %s: %w", source, err)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("credentials %s: %s is not set; set it, or choose another credentials.source",
			source, missing[0])
	}
	last := len(missing) - 1
	return fmt.Errorf("credentials %s: %s and %s are not set; set them, or choose another credentials.source",
		source, strings.Join(missing[:last], ", "), missing[last])
}

// printable returns an error if a part of a key has control characters, such as a line break that was copied with it.
// HTTP headers cannot carry them.
func printable(name, value string) error {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return fmt.Errorf("%s holds a line break or another control character: write it again without", name)
	}
	return nil
}

// fromProfile reads the key from the vendor's credentials file, through p, a provider of the SDK.
func fromProfile(source string, p common.Provider) (common.CredentialIface, error) {
	c, err := fromFile(p)
	if said, ok := errors.AsType[*tcerr.TencentCloudSDKError](err); ok {
		err = errors.New(flow.Foreign(said.Message, mostText))
	}
	if err != nil {
		return nil, fmt.Errorf("credentials %s: %w; write secret_id and secret_key under [default] into "+
			"~/.tencentcloud/credentials, or choose another credentials.source", source, err)
	}
	return c, nil
}

// fromFile turns a panic of the SDK into an error: it panics when the file has no section [default].
func fromFile(p common.Provider) (c common.CredentialIface, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the file has no section [default]")
		}
	}()
	return p.GetCredential()
}

// last is a provider that always succeeds; it ends a chain.
type last struct{ credential common.CredentialIface }

func (l last) GetCredential() (common.CredentialIface, error) { return l.credential, nil }
