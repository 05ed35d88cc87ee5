package apisim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// latestSecond (in the year 2286) is the latest valid time: a time in milliseconds is later, and refused.
const latestSecond = 9_999_999_999

// maxBuckets bounds the memory of one answer.
const maxBuckets = 200_000

// request is a valid request for GetFlowStatisticByRegion.
type request struct {
	series
	begin, end int64 // BeginTime and EndTime as received, epoch seconds
}

// parseRequest reads the body as strictly as the vendor: it accepts only the fields of its page, with their types.
func parseRequest(body []byte) (q request, fault *apiError) {
	var fields map[string]json.RawMessage
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	if err := json.Unmarshal(body, &fields); err != nil {
		return q, &apiError{"InvalidParameter", "The request body is not a JSON object."}
	}
	integers := map[string]int64{"BeginTime": 0, "EndTime": 0, "Type": 0, "TimeGranularity": 0, "GatewayType": 0}
	for name := range fields {
		if _, known := integers[name]; !known && name != "AccessRegion" {
			return q, &apiError{"UnknownParameter", fmt.Sprintf("The parameter `%s` is not recognized.", name)}
		}
	}
	for _, name := range []string{"BeginTime", "EndTime", "Type", "TimeGranularity", "GatewayType"} {
		raw, given := fields[name]
		if !given {
			return q, &apiError{"MissingParameter",
				fmt.Sprintf("The request is missing a required parameter `%s`.", name)}
		}
		value, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return q, &apiError{"InvalidParameter",
				fmt.Sprintf("The value type of parameter `%s` is not valid: an integer is required.", name)}
		}
		integers[name] = value
	}
	if raw, given := fields["AccessRegion"]; given {
		var word string
		if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &word) != nil {
			return q, &apiError{"InvalidParameter",
				"The value type of parameter `AccessRegion` is not valid: a string is required."}
		}
		if word != "" {
			i, err := position("region", word, regionWords[1:])
			if err != nil {
				return q, &apiError{"InvalidParameterValue",
					fmt.Sprintf("The value `%s` of parameter `AccessRegion` is not one of MC, AP, EU, AM.", word)}
			}
			q.region = i + 1
		}
	}
	for _, limit := range []struct {
		name             string
		smallest, latest int64
	}{
		{"BeginTime", 0, latestSecond}, {"EndTime", integers["BeginTime"], latestSecond}, // not before BeginTime
		{"Type", 1, 3}, {"TimeGranularity", 1, 2}, {"GatewayType", 0, 1},
	} {
		if v := integers[limit.name]; v < limit.smallest || v > limit.latest {
			return q, &apiError{"InvalidParameterValue",
				fmt.Sprintf("The value `%d` of parameter `%s` is not between %d and %d.",
					v, limit.name, limit.smallest, limit.latest)}
		}
	}
	q.granularity = int(integers["TimeGranularity"] - 1)
	q.traffic = int(integers["Type"] - 1)
	q.gateway = int(integers["GatewayType"])
	q.begin, q.end = integers["BeginTime"], integers["EndTime"]
	return q, nil
}

// admit returns an error if the settings do not allow the span or the age of a request.
func (q request) admit(set Settings, now int64) *apiError {
	span := q.end - q.begin + 1
	if longest := set.maxSpan(q.granularity); longest > 0 && span > longest {
		return &apiError{"InvalidParameterValue", "The time span between BeginTime and EndTime is too long."}
	}
	if kept := set.retention(q.series); kept > 0 && set.RetentionMode == RetentionError && q.begin < now-kept {
		return &apiError{"InvalidParameterValue", "BeginTime is too early."}
	}
	if span/q.bucketSeconds() > maxBuckets {
		return &apiError{"ResponseSizeLimitExceeded", "The response is too large. Please narrow the time span."}
	}
	return nil
}
