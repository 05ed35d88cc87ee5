// Package flow defines the types that all other packages share: series, window, bucket, point, fact, and the classes
// of error.
//
// Invariant: it imports the standard library only, does no I/O, and reads no clock. Every time in it is an instant in
// UTC; only Calendar knows the account's time zone. Every quantity of traffic is in bytes.
package flow

import (
	"fmt"
	"slices"
	"strings"
)

// Granularity is the length of a bucket: an hour in UTC, or a day of the account's time zone.
type Granularity string

// The granularities of the API's TimeGranularity 1 and 2.
const (
	Hourly Granularity = "hourly"
	Daily  Granularity = "daily"
)

// Region is an access region of the Multi-Network Aggregation service.
type Region string

// The values of AccessRegion; All is the field left out, which the vendor's page calls "all regions".
const (
	AllRegions    Region = "ALL"
	MainlandChina Region = "MC"
	AsiaPacific   Region = "AP"
	Europe        Region = "EU"
	America       Region = "AM"
)

// TrafficType is a direction of traffic, or both summed.
type TrafficType string

// The values of the API's Type 1, 2 and 3.
const (
	Uplink   TrafficType = "uplink"
	Downlink TrafficType = "downlink"
	Total    TrafficType = "total"
)

// GatewayType says who owns the gateway that the traffic passed.
type GatewayType string

// The values of the API's GatewayType 0 and 1.
const (
	Public  GatewayType = "public"
	Private GatewayType = "private"
)

// Granularities lists both lengths of a bucket. This and the three lists below are in the order in which values are
// shown.
func Granularities() []Granularity { return []Granularity{Hourly, Daily} }

// Regions lists every access region, ALL first.
func Regions() []Region {
	return []Region{AllRegions, MainlandChina, AsiaPacific, Europe, America}
}

// TrafficTypes lists both directions and their sum.
func TrafficTypes() []TrafficType { return []TrafficType{Uplink, Downlink, Total} }

// GatewayTypes lists both owners of a gateway.
func GatewayTypes() []GatewayType { return []GatewayType{Public, Private} }

// Series names one sequence of buckets. One request to the API returns one series.
type Series struct {
	Account     string
	Granularity Granularity
	Region      Region
	Gateway     GatewayType
	Traffic     TrafficType
}

// String is the series as logs and errors name it: main/hourly/MC/public/uplink.
func (s Series) String() string {
	return strings.Join([]string{s.Account, string(s.Granularity), string(s.Region), string(s.Gateway),
		string(s.Traffic)}, "/")
}

// Parse returns the value of known that s spells, or an error that lists them.
func Parse[T ~string](s string, known []T) (T, error) {
	if v := T(s); slices.Contains(known, v) {
		return v, nil
	}
	return "", fmt.Errorf("%q is not one of %s", s, Join(known))
}

// Join lists values with commas, as messages show them.
func Join[T ~string](values []T) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}
