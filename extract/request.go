package extract

import (
	"context"
	"time"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// request is GetFlowStatisticByRegion of the API's version 2021-01-19, as the vendor's page lists its fields.
type request struct {
	*tchttp.BaseRequest
	BeginTime       int64
	EndTime         int64
	Type            int
	TimeGranularity int
	AccessRegion    string `json:",omitempty"`
	GatewayType     int
}

// newRequest asks for the whole buckets of w. EndTime is the window's last second: sibling APIs of the vendor return the bucket that
// contains EndTime, and no page says that this one does not.
func newRequest(ctx context.Context, s flow.Series, w flow.Window) *request {
	r := &request{
		BaseRequest:     &tchttp.BaseRequest{},
		BeginTime:       w.Begin.Unix(),
		EndTime:         w.End.Add(-time.Second).Unix(),
		Type:            map[flow.TrafficType]int{flow.Uplink: 1, flow.Downlink: 2, flow.Total: 3}[s.Traffic],
		TimeGranularity: map[flow.Granularity]int{flow.Hourly: 1, flow.Daily: 2}[s.Granularity],
		GatewayType:     map[flow.GatewayType]int{flow.Public: 0, flow.Private: 1}[s.Gateway],
	}
	if s.Region != flow.AllRegions {
		r.AccessRegion = string(s.Region)
	}
	r.Init().WithApiInfo("mna", "2021-01-19", "GetFlowStatisticByRegion")
	r.SetContext(ctx)
	return r
}
