package apisim_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// grant is the answer of AssumeRole, with the vendor's names.
type grant struct {
	Response struct {
		Credentials struct{ Token, TmpSecretId, TmpSecretKey string }
		ExpiredTime int64
		Expiration  time.Time
		RequestId   string
	}
}

func (r grant) credential() common.CredentialIface {
	c := r.Response.Credentials
	return common.NewTokenCredential(c.TmpSecretId, c.TmpSecretKey, c.Token)
}

const aRole = "qcs::cam::uin/100000000001:roleName/reader"

// assume takes a role through the vendor's own client and returns the error's code.
func (g *rig) assume(by common.CredentialIface, parameters map[string]any) (r grant, code string) {
	g.Helper()
	request := tchttp.NewCommonRequest("sts", "2018-08-13", "AssumeRole")
	if err := request.SetActionParameters(parameters); err != nil {
		g.Fatal(err)
	}
	answer := tchttp.NewCommonResponse()
	if said, failed := errors.AsType[*tcerr.TencentCloudSDKError](g.sdk(by).Send(request, answer)); failed {
		return r, said.Code
	}
	if err := json.Unmarshal(answer.GetBody(), &r); err != nil {
		g.Fatal(err)
	}
	return r, ""
}

// ask sends a request to MNA and returns the code of the error.
func (g *rig) ask(by common.CredentialIface) string {
	said, failed := errors.AsType[*tcerr.TencentCloudSDKError](g.sdk(by).Send(newFlowRequest(),
		&flowResponse{BaseResponse: &tchttp.BaseResponse{}}))
	if !failed {
		return ""
	}
	return said.Code
}

func TestAssumeRole(t *testing.T) {
	g := sdkRig(t)
	owner := common.NewCredential(secretID, secretKey)
	got, code := g.assume(owner, map[string]any{"RoleArn": aRole, "RoleSessionName": "test", "DurationSeconds": 200})
	r := got.Response
	if code != "" || !r.Expiration.Equal(time.Unix(r.ExpiredTime, 0)) || len(r.RequestId) != 36 {
		t.Fatalf("%q, %+v", code, r)
	}
	if life := time.Until(r.Expiration); life > 200*time.Second || life < 190*time.Second {
		t.Errorf("it lives %s", life)
	}
	key := got.credential()
	if code := g.ask(key); code != "" {
		t.Errorf("a new key: %q", code)
	}
	id, secret, _ := key.GetCredential()
	if code := g.ask(common.NewCredential(id, secret)); code != "AuthFailure.TokenFailure" {
		t.Errorf("without its token: %q", code)
	}
	other, _ := g.assume(owner, map[string]any{"RoleArn": aRole, "RoleSessionName": "test"})
	if life := time.Until(other.Response.Expiration); life < 7190*time.Second {
		t.Errorf("without a duration it lives %s", life)
	}
	g.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(200 * time.Second) })
	if code := g.ask(key); code != "AuthFailure.TokenFailure" {
		t.Errorf("an expired key: %q", code)
	}
	if code := g.ask(other.credential()); code != "" {
		t.Errorf("one with a longer life: %q", code)
	}
	stats := g.sim.Stats()
	if stats.Actions["AssumeRole"] != 2 || stats.Actions["GetFlowStatisticByRegion"] != 4 || stats.Answered != 4 {
		t.Errorf("%+v", stats)
	}
	if last := g.sim.Requests(0)[0]; last.Action != "AssumeRole" || last.Outcome != "OK" || last.SecretID != secretID {
		t.Errorf("journal: %+v", last)
	}
}

func TestAssumeRoleRefuses(t *testing.T) {
	role := func(change ...any) map[string]any {
		p := map[string]any{"RoleArn": aRole, "RoleSessionName": "test", "DurationSeconds": 900}
		for i := 0; i < len(change); i += 2 {
			p[change[i].(string)] = change[i+1]
		}
		return p
	}
	owner := common.NewCredential(secretID, secretKey)
	for _, c := range []struct {
		what   string
		by     common.CredentialIface
		params map[string]any
		want   string
	}{
		{"right", owner, role(), ""},
		{"a wrong key", common.NewCredential(secretID, "k"), role(), "AuthFailure.SignatureFailure"},
		{"an unknown key", common.NewCredential("AKIDx", secretKey), role(), "AuthFailure.SecretIdNotFound"},
		{"no role", owner, role("RoleArn", ""), "MissingParameter"},
		{"no session", owner, role("RoleSessionName", ""), "MissingParameter"},
		{"a word for a role", owner, role("RoleArn", "reader"), "InvalidParameter.ParamError"},
		{"no life", owner, role("DurationSeconds", 0), "InvalidParameter.OverTimeError"},
		{"a day", owner, role("DurationSeconds", 86400), "InvalidParameter.OverTimeError"},
		{"a life in words", owner, role("DurationSeconds", "1h"), "InvalidParameter"},
		{"more", owner, role("BeginTime", 1), "InvalidParameter"},
	} {
		if _, got := sdkRig(t).assume(c.by, c.params); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func TestKeyLifeAndFaultsOfAssumeRole(t *testing.T) {
	g := sdkRig(t)
	owner := common.NewCredential(secretID, secretKey)
	params := map[string]any{"RoleArn": aRole, "RoleSessionName": "test"}
	g.control("PATCH", "settings", `{"key_life":"1m"}`)
	got, _ := g.assume(owner, params)
	if life := time.Until(got.Response.Expiration); life > time.Minute || life < 50*time.Second {
		t.Errorf("it lives %s", life)
	}
	g.control("POST", "faults", `[{"code":"InternalError","match":{"action":"AssumeRole"}}]`)
	if _, code := g.assume(owner, params); code != "InternalError" {
		t.Errorf("a fault of AssumeRole: %q", code)
	}
	if code := g.ask(owner); code != "" {
		t.Errorf("a fault of AssumeRole strikes the API: %q", code)
	}
	g.sim.ClearFaults()
	g.fault(apisim.Fault{Code: "InternalError"})
	if _, code := g.assume(owner, params); code != "" {
		t.Errorf("a fault of the API strikes AssumeRole: %q", code)
	}
	if err := g.sim.AddFaults(apisim.Fault{Code: "InternalError", Match: apisim.Match{Action: "GetRole"}}); err == nil {
		t.Error("a fault of an unknown action is accepted")
	}
}
