package apisim

import (
	"fmt"
	"slices"
	"strings"
)

// The words that name a series. Inside this package a word's index stands for it. The rows of the truth are in this
// order.
var (
	granularityWords = []string{"hourly", "daily"}
	regionWords      = []string{"ALL", "MC", "AP", "EU", "AM"}
	gatewayWords     = []string{"public", "private"}
	trafficWords     = []string{"uplink", "downlink", "total"}
)

const (
	hourly = 0
	daily  = 1

	regionAll    = 0
	trafficTotal = 2

	regions    = 4 // MC, AP, EU, AM: there are no atoms of ALL
	gateways   = 2
	directions = 2 // uplink, downlink: there are no atoms of total

	hourSeconds = 3600
	daySeconds  = 24 * hourSeconds
)

// series is one combination of the words above, by index.
type series struct{ granularity, region, gateway, traffic int }

func (s series) words() (granularity, region, gateway, traffic string) {
	return granularityWords[s.granularity], regionWords[s.region], gatewayWords[s.gateway], trafficWords[s.traffic]
}

// bucketSeconds is the length of one bucket.
func (s series) bucketSeconds() int64 {
	if s.granularity == daily {
		return daySeconds
	}
	return hourSeconds
}

// position returns the index of a word, or an error that lists the words.
func position(what, word string, words []string) (int, error) {
	if i := slices.Index(words, word); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("unknown %s %q: write %s", what, word, strings.Join(words, ", "))
}

// positions returns the index of a word, or all indexes if it is empty.
func positions(what, word string, words []string) ([]int, error) {
	if word != "" {
		i, err := position(what, word, words)
		return []int{i}, err
	}
	all := make([]int, len(words))
	for i := range all {
		all[i] = i
	}
	return all, nil
}

// floorDiv divides rounding down, so that moments before 1970 fall into the right bucket.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
