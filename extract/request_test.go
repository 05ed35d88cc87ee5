package extract

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/json"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestAllRegionsAreLeftOut: the vendor's page says that all regions are meant where AccessRegion is left out, not
// where it is empty. The SDK encodes by rules of its own.
func TestAllRegionsAreLeftOut(t *testing.T) {
	day := flow.Window{Begin: time.Unix(0, 0), End: time.Unix(86400, 0)}
	for region, want := range map[flow.Region]string{flow.AllRegions: "", flow.MainlandChina: `"AccessRegion":"MC"`} {
		s := flow.Series{Granularity: flow.Hourly, Region: region, Gateway: flow.Public, Traffic: flow.Total}
		body, err := json.Marshal(newRequest(context.Background(), flow.WholeBuckets(s, day)))
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(string(body), "AccessRegion"); has != (want != "") ||
			!strings.Contains(string(body), want) {
			t.Errorf("%s: %s", region, body)
		}
	}
}
