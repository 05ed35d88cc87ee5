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

// Key is a secret key of the vendor's, and where it comes from.
type Key struct {
	Source     string // env, static, profile, cvm-role, assume-role, oidc or chain
	ID, Secret string // static, and the caller's with assume-role
	Token      string // of a temporary key
	RoleARN    string // assume-role
	Session    string // assume-role: the name that the vendor's audit log shows
	Duration   time.Duration
	Endpoint   string // of STS with assume-role and oidc; with cvm-role and chain, of the machine's metadata, empty for where they are
	RoleName   string // cvm-role, optional
}

// Names of the environment variables that hold a key; the vendor's own.
const (
	EnvID     = "TENCENTCLOUD_SECRET_ID"
	EnvSecret = "TENCENTCLOUD_SECRET_KEY"
	EnvToken  = "TENCENTCLOUD_TOKEN"
)

// Credential returns what to sign with. It asks no service: a temporary key is asked for with the first request, so that a service that
// fails is that account's failure. An error is one of the configuration: a variable, a file or a source that is missing.
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
		if id, _ := env(EnvID); err == nil || id != "" { // half a key is a mistake, not a reason to look elsewhere
			return key, err
		}
		return fromProfile(k.Source, common.NewProviderChain([]common.Provider{common.DefaultProfileProvider(), last{ofMachine(k, now)}}))
	}
	return nil, fmt.Errorf("credentials source %q is unknown", k.Source)
}

// Limit names what the vendor's limit on requests counts by: credentials of one limit share a pace. A permanent key counts by itself. A
// temporary one changes its id with each renewal and counts with the role that it is for, whoever took the role; a machine has one role.
// That two keys are of one user, who has one limit, cannot be seen from here.
func Limit(c common.CredentialIface) string {
	if r, ok := c.(*Renewing); ok {
		return r.limit
	}
	return "key " + c.GetSecretId()
}

// fromEnv takes the key from the environment.
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

// present names all variables that a source needs and does not have.
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
		return fmt.Errorf("credentials %s: %s is not set; set it, or choose another credentials.source", source, missing[0])
	}
	last := len(missing) - 1
	return fmt.Errorf("credentials %s: %s and %s are not set; set them, or choose another credentials.source",
		source, strings.Join(missing[:last], ", "), missing[last])
}

// printable refuses a part of a key that no header can carry, such as one that was copied with its line break.
func printable(name, value string) error {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return fmt.Errorf("%s holds a line break or another control character: write it again without", name)
	}
	return nil
}

// fromProfile asks a provider of the SDK's that reads nothing but the vendor's credentials file.
func fromProfile(source string, p common.Provider) (common.CredentialIface, error) {
	c, err := fromFile(p)
	if said, ok := errors.AsType[*tcerr.TencentCloudSDKError](err); ok {
		err = errors.New(flow.Foreign(said.Message, mostText))
	}
	if err != nil {
		return nil, fmt.Errorf("credentials %s: %w; write secret_id and secret_key under [default] into ~/.tencentcloud/credentials, "+
			"or choose another credentials.source", source, err)
	}
	return c, nil
}

// fromFile keeps the SDK from ending the program: it panics where the file has no section [default].
func fromFile(p common.Provider) (c common.CredentialIface, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the file has no section [default]")
		}
	}()
	return p.GetCredential()
}

// last ends a chain of providers.
type last struct{ credential common.CredentialIface }

func (l last) GetCredential() (common.CredentialIface, error) { return l.credential, nil }
