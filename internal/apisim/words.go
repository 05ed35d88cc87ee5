package apisim

import (
	"fmt"
	"slices"
	"strings"
)

// The words that name a series, each at the position that stands for it inside this package. The order is the
// order of the truth's rows.
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

	regions    = 4 // MC, AP, EU, AM: atoms know no ALL
	gateways   = 2
	directions = 2 // uplink, downlink: atoms know no total

	hourSeconds = 3600
	daySeconds  = 24 * hourSeconds
)

// series is one combination of the words above, by position.
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

// position finds a word, or says which words there are.
func position(what, word string, words []string) (int, error) {
	if i := slices.Index(words, word); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("unknown %s %q: write %s", what, word, strings.Join(words, ", "))
}

// positions is position for a word that may be left out, which stands for all.
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
