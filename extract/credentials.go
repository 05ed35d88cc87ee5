package extract

import (
	"fmt"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
)

// Key is a secret key of the vendor's, and where it comes from.
type Key struct {
	Source     string // env, static, profile, cvm-role, assume-role, oidc or chain
	ID, Secret string // static, and the caller's with assume-role
	Token      string // of a temporary key
	RoleARN    string // assume-role
	Session    string // assume-role: the name that the vendor's audit log shows
	Duration   time.Duration
	Endpoint   string // assume-role: of the token service; the SDK's own default is the domestic one
	RoleName   string // cvm-role, optional
}

// Names of the environment variables that hold a key; the vendor's own.
const (
	EnvID     = "TENCENTCLOUD_SECRET_ID"
	EnvSecret = "TENCENTCLOUD_SECRET_KEY"
	EnvToken  = "TENCENTCLOUD_TOKEN"
)

// Credential returns the SDK's credential for a key. Sources that ask a service do so here, once; the SDK renews what expires.
func Credential(k Key, env func(string) (string, bool)) (common.CredentialIface, error) {
	switch k.Source {
	case "static":
		return common.NewTokenCredential(k.ID, k.Secret, k.Token), nil
	case "env":
		return fromEnv(env)
	case "profile":
		return provided(k.Source, common.DefaultProfileProvider())
	case "cvm-role":
		return provided(k.Source, common.NewCvmRoleProvider(k.RoleName))
	case "oidc":
		provider, err := common.DefaultTkeOIDCRoleArnProvider()
		if err != nil {
			return nil, fmt.Errorf("credentials oidc: %w; it needs the variables that the vendor's Kubernetes service sets in a pod", err)
		}
		return provided(k.Source, provider)
	case "assume-role":
		caller, err := common.CredentialIface(common.NewTokenCredential(k.ID, k.Secret, k.Token)), error(nil)
		if k.ID == "" {
			caller, err = fromEnv(env)
		}
		if err != nil {
			return nil, err
		}
		provider := common.NewRoleArnProviderWithCredential(caller, k.RoleARN, k.Session, int64(k.Duration/time.Second))
		_, provider.Endpoint, _ = strings.Cut(k.Endpoint, "://")
		return provided(k.Source, provider)
	case "chain":
		if c, err := fromEnv(env); err == nil {
			return c, nil
		}
		return provided(k.Source, common.NewProviderChain([]common.Provider{common.DefaultProfileProvider(), common.DefaultCvmRoleProvider()}))
	}
	return nil, fmt.Errorf("credentials source %q is unknown", k.Source)
}

// fromEnv takes the key from the environment.
func fromEnv(env func(string) (string, bool)) (common.CredentialIface, error) {
	id, _ := env(EnvID)
	secret, _ := env(EnvSecret)
	token, _ := env(EnvToken)
	var missing []string
	if id == "" {
		missing = append(missing, EnvID)
	}
	if secret == "" {
		missing = append(missing, EnvSecret)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("credentials env: %s not set; set it, or choose another credentials.source", strings.Join(missing, " and "))
	}
	return common.NewTokenCredential(id, secret, token), nil
}

func provided(source string, p common.Provider) (common.CredentialIface, error) {
	c, err := p.GetCredential()
	if err != nil {
		return nil, fmt.Errorf("credentials %s: %w", source, err)
	}
	return c, nil
}
