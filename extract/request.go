package extract

import (
	"context"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// request is the body of GetFlowStatisticByRegion, version 2021-01-19, with the fields of the vendor's page. Times
// are epoch seconds.
type request struct {
	*tchttp.BaseRequest
	BeginTime       int64
	EndTime         int64
	Type            int
	TimeGranularity int
	AccessRegion    *string `json:",omitempty"` // a pointer: the SDK's encoder leaves out nothing but nil
	GatewayType     int
}

// newRequest translates a request into the API's fields and codes.
func newRequest(ctx context.Context, q flow.Request) *request {
	s := q.Series
	r := &request{
		BaseRequest:     &tchttp.BaseRequest{},
		BeginTime:       q.Begin.Unix(),
		EndTime:         q.End.Unix(),
		Type:            map[flow.TrafficType]int{flow.Uplink: 1, flow.Downlink: 2, flow.Total: 3}[s.Traffic],
		TimeGranularity: map[flow.Granularity]int{flow.Hourly: 1, flow.Daily: 2}[s.Granularity],
		GatewayType:     map[flow.GatewayType]int{flow.Public: 0, flow.Private: 1}[s.Gateway],
	}
	if s.Region != flow.AllRegions {
		r.AccessRegion = new(string(s.Region))
	}
	r.Init().WithApiInfo("mna", "2021-01-19", "GetFlowStatisticByRegion")
	r.SetContext(ctx)
	return r
}
