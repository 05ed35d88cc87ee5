package apisim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// flowRequest has the form of a request of the vendor's own product package.
type flowRequest struct {
	*tchttp.BaseRequest
	BeginTime       *int64  `json:"BeginTime,omitempty" name:"BeginTime"`
	EndTime         *int64  `json:"EndTime,omitempty" name:"EndTime"`
	Type            *int64  `json:"Type,omitempty" name:"Type"`
	TimeGranularity *int64  `json:"TimeGranularity,omitempty" name:"TimeGranularity"`
	AccessRegion    *string `json:"AccessRegion,omitempty" name:"AccessRegion"`
	GatewayType     *int64  `json:"GatewayType,omitempty" name:"GatewayType"`
}

type flowResponse struct {
	*tchttp.BaseResponse
	Response *struct {
		NetDetails []struct {
			Current *float64
			Time    *string
		}
		TotalValue *float64
		RequestId  *string
	}
}

func newFlowRequest() *flowRequest {
	r := &flowRequest{BaseRequest: &tchttp.BaseRequest{}}
	r.Init().WithApiInfo("mna", "2021-01-19", "GetFlowStatisticByRegion")
	set := func(v int64) *int64 { return &v }
	region := "AP"
	r.BeginTime, r.EndTime = set(noon.Add(-60*time.Hour).Unix()), set(noon.Add(-36*time.Hour).Unix()-1)
	r.Type, r.TimeGranularity, r.GatewayType, r.AccessRegion = set(3), set(1), set(0), &region
	return r
}

func (g *rig) sdk(credential common.CredentialIface) *common.Client {
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme = "HTTP"
	p.HttpProfile.Endpoint = strings.TrimPrefix(g.url, "http://")
	return common.NewCommonClient(credential, "", p)
}

// sdkRig is a rig for the SDK: its wall clock is the real one, since the SDK always signs with time.Now.
func sdkRig(t *testing.T, change ...func(*apisim.Options)) *rig {
	t.Helper()
	return newRig(t, append(change, func(o *apisim.Options) {
		o.Wall, o.Now = time.Now, func() time.Time { return noon }
	})...)
}

// TestSDK: the vendor's own client is accepted, and what it decodes is the truth.
func TestSDK(t *testing.T) {
	g := sdkRig(t)
	response := &flowResponse{BaseResponse: &tchttp.BaseResponse{}}
	if err := g.sdk(common.NewCredential(secretID, secretKey)).Send(newFlowRequest(), response); err != nil {
		t.Fatal(err)
	}
	i := 0
	for row := range g.sim.Truth(apisim.Query{Granularity: "hourly", Region: "AP", Gateway: "public", Traffic: "total",
		Begin: noon.Add(-60 * time.Hour), End: noon.Add(-36 * time.Hour)}) {
		if got := uint64(*response.Response.NetDetails[i].Current); got != row.Bytes {
			t.Errorf("%s: %d, want %d", *response.Response.NetDetails[i].Time, got, row.Bytes)
		}
		i++
	}
	if i == 0 || i != len(response.Response.NetDetails) {
		t.Errorf("%d rows, %d points", i, len(response.Response.NetDetails))
	}

	generic := tchttp.NewCommonRequest("mna", "2021-01-19", "GetFlowStatisticByRegion")
	body, err := json.Marshal(aDay())
	if err != nil {
		t.Fatal(err)
	}
	if err := generic.SetActionParameters(body); err != nil {
		t.Fatal(err)
	}
	answer := tchttp.NewCommonResponse()
	if err := g.sdk(common.NewCredential(secretID, secretKey)).Send(generic, answer); err != nil {
		t.Errorf("the generic request: %v", err)
	}
}

func TestSDKErrors(t *testing.T) {
	for _, c := range []struct {
		name       string
		credential common.CredentialIface
		change     func(*rig, *flowRequest)
		want       string
	}{
		{"token", common.NewTokenCredential(secretID, secretKey, "session"), func(*rig, *flowRequest) {}, ""},
		{"wrong token", common.NewTokenCredential(secretID, secretKey, "s"), func(*rig, *flowRequest) {},
			"AuthFailure.TokenFailure"},
		{"wrong key", common.NewTokenCredential(secretID, "k", "session"), func(*rig, *flowRequest) {},
			"AuthFailure.SignatureFailure"},
		{"unknown id", common.NewTokenCredential("AKIDx", secretKey, "session"), func(*rig, *flowRequest) {},
			"AuthFailure.SecretIdNotFound"},
		{"clock", common.NewTokenCredential(secretID, secretKey, "session"), func(g *rig, _ *flowRequest) {
			g.set(func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(-10 * time.Minute) })
		}, "AuthFailure.SignatureExpire"},
		{"action", common.NewTokenCredential(secretID, secretKey, "session"), func(_ *rig, r *flowRequest) {
			r.WithApiInfo("mna", "2021-01-19", "GetFlow")
		}, "InvalidAction"},
		{"version", common.NewTokenCredential(secretID, secretKey, "session"), func(_ *rig, r *flowRequest) {
			r.WithApiInfo("mna", "2020-01-19", "GetFlowStatisticByRegion")
		}, "NoSuchVersion"},
		{"missing", common.NewTokenCredential(secretID, secretKey, "session"),
			func(_ *rig, r *flowRequest) { r.Type = nil }, "MissingParameter"},
		{"rate", common.NewTokenCredential(secretID, secretKey, "session"), func(g *rig, _ *flowRequest) {
			g.fault(apisim.Fault{Code: "RequestLimitExceeded.UinLimitExceeded"})
		}, "RequestLimitExceeded.UinLimitExceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := sdkRig(t, func(o *apisim.Options) { o.Token = "session" })
			request := newFlowRequest()
			c.change(g, request)
			err := g.sdk(c.credential).Send(request, &flowResponse{BaseResponse: &tchttp.BaseResponse{}})
			var said *tcerr.TencentCloudSDKError
			if c.want == "" && err != nil || c.want != "" &&
				(!errors.As(err, &said) || said.Code != c.want || said.RequestId == "") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestSDKManyAtOnce: 20 goroutines share one client while faults, clocks and restatements change.
func TestSDKManyAtOnce(t *testing.T) {
	g := sdkRig(t, func(o *apisim.Options) { o.Settings = apisim.DefaultSettings(); o.Settings.Rate = 0 })
	client := g.sdk(common.NewCredential(secretID, secretKey))
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for range 10 {
				if err := client.Send(newFlowRequest(),
					&flowResponse{BaseResponse: &tchttp.BaseResponse{}}); err != nil {
					t.Error(err)
				}
				g.sim.Advance(time.Minute)
				g.fault(apisim.Fault{Kind: apisim.FaultShuffle, Count: 1})
				if err := g.sim.Restate(apisim.Restatement{Begin: noon.AddDate(0, 0, -3), End: noon,
					Factor: &apisim.Ratio{Num: 1, Den: 1}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if stats := g.sim.Stats(); stats.Answered != 200 || stats.Received != 200 || len(g.sim.Requests(0)) != 200 {
		t.Errorf("%+v", stats)
	}
}
