package extract

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/regions"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The variables that the vendor's Kubernetes service (TKE) sets in a pod whose service account has a role.
const (
	podRegion    = "TKE_REGION"
	podProvider  = "TKE_PROVIDER_ID"
	podTokenFile = "TKE_WEB_IDENTITY_TOKEN_FILE"
	podRole      = "TKE_ROLE_ARN"
)

// roleRequest is AssumeRole or AssumeRoleWithWebIdentity of STS, version 2018-08-13.
type roleRequest struct {
	*tchttp.BaseRequest
	RoleArn          string
	RoleSessionName  string
	DurationSeconds  int64
	ProviderId       *string `json:",omitempty"` // a pointer: the SDK's encoder leaves out nothing but nil
	WebIdentityToken *string `json:",omitempty"`
}

// ofRole takes a role with a key that may assume it: the configured one, or that of the environment.
func ofRole(k Key, env func(string) (string, bool), now func() time.Time) (common.CredentialIface, error) {
	caller, err := common.CredentialIface(common.NewTokenCredential(k.ID, k.Secret, k.Token)), error(nil)
	if k.ID == "" {
		caller, err = fromEnv(env)
	}
	if err != nil {
		return nil, err
	}
	sts, err := newSigner(k.Endpoint, regions.Guangzhou, nil) // STS needs a region, and any will do
	if err != nil {
		return nil, fmt.Errorf("credentials assume-role: %w", err)
	}
	sts.who, sts.key = "STS", "credentials.endpoint"
	const advice = "check the caller's key, that it may call sts:AssumeRole, and that the role exists and trusts " +
		"the caller"
	return &Renewing{limit: "role " + k.RoleARN, now: now, issue: func(ctx context.Context) (issued, *apiError) {
		r := newRoleRequest(k, "AssumeRole", k.RoleARN)
		return askSTS(ctx, sts, caller, r, "credentials assume-role: taking "+k.RoleARN, advice)
	}}, nil
}

// ofPod takes the role of a pod's service account. The proof is a token in a file, which Kubernetes renews.
func ofPod(k Key, env func(string) (string, bool), now func() time.Time) (common.CredentialIface, error) {
	if err := present("oidc", env, podRegion, podProvider, podTokenFile, podRole); err != nil {
		return nil, fmt.Errorf("%w; the vendor's Kubernetes service sets them in a pod whose service account has a "+
			"role", err)
	}
	region, _ := env(podRegion)
	provider, _ := env(podProvider)
	file, _ := env(podTokenFile)
	role, _ := env(podRole)
	sts, err := newSigner(k.Endpoint, region, nil)
	if err != nil {
		return nil, fmt.Errorf("credentials oidc: %w", err)
	}
	const advice = "check that the role exists and trusts the cluster's identity provider and this pod's service " +
		"account"
	return &Renewing{limit: "role " + role, now: now, issue: func(ctx context.Context) (issued, *apiError) {
		token, err := os.ReadFile(file)
		if err != nil {
			return issued{}, &apiError{class: flow.Denied,
				err: fmt.Errorf("credentials oidc: %w; check %s", err, podTokenFile)}
		}
		r := newRoleRequest(k, "AssumeRoleWithWebIdentity", role)
		r.ProviderId, r.WebIdentityToken = &provider, new(string(token))
		r.SetSkipSign(true) // the token stands in for a signature
		return askSTS(ctx, sts, nil, r, "credentials oidc: taking "+role, advice)
	}}, nil
}

func newRoleRequest(k Key, action, role string) *roleRequest {
	r := &roleRequest{
		BaseRequest: &tchttp.BaseRequest{}, RoleArn: role, RoleSessionName: cmp.Or(k.Session, "mnaflow"),
		DurationSeconds: int64(cmp.Or(k.Duration, time.Hour) / time.Second),
	}
	r.Init().WithApiInfo("sts", "2018-08-13", action)
	return r
}
