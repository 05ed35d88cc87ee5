package audit

import (
	"math/big"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// CheckState is what came of a check.
type CheckState string

// The states of a check.
const (
	CheckPassed  CheckState = "passed"
	CheckFailed  CheckState = "failed"
	CheckPending CheckState = "pending" // the figures differ, but not all of their buckets are final
	CheckSkipped CheckState = "skipped" // there is nothing to hold against each other
)

// The checks of a verification, in their order.
const (
	CheckDirections = "directions" // uplink + downlink = total
	CheckRegions    = "regions"    // MC + AP + EU + AM = ALL
	CheckDays       = "days"       // the hours of a day = the day
	CheckAnswers    = "answers"    // the API's own figures of its answers against what is stored
	CheckCoverage   = "coverage"   // no gap and no failure
	CheckStorage    = "storage"    // facts, history and ledger against each other and the calendar
	CheckViews      = "views"      // the views against their declarations
)

// Checks lists the checks of a verification.
func Checks() []string {
	return []string{CheckDirections, CheckRegions, CheckDays, CheckAnswers, CheckCoverage, CheckStorage, CheckViews}
}

// Verification is what is to be verified: a check is made if it touches one of the chosen series and the range.
type Verification struct {
	ID     string // a UUID
	At     time.Time
	Window flow.Window // zero bounds are open
	// What is chosen of each dimension; nothing means all that is stored.
	Accounts, Granularities, Regions, GatewayTypes, TrafficTypes []string
	// Wanted is what the configuration at hand asks for of the chosen series.
	Wanted []flow.Setting
	// Promised is up to when what has settled should have been loaded; what came after may still be on its way.
	Promised map[flow.Granularity]time.Time

	clock uint64 // of the warehouse when the verification began, in microseconds
}

// CheckCount is how many results of a check came to a state.
type CheckCount struct {
	Check   string     `json:"check_name"`
	State   CheckState `json:"state"`
	Results uint64     `json:"results"`
	Buckets uint64     `json:"compared_buckets"` // that they compared; windows of answers, ranges of coverage
}

// Finding is what several results of the same kind and series say: all that failed, is pending or was skipped for the same reason.
type Finding struct {
	Check       string           `json:"check_name"`
	State       CheckState       `json:"state"`
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"` // this and the three below are empty where they do not apply
	Region      flow.Region      `json:"access_region"`
	Gateway     flow.GatewayType `json:"gateway_type"`
	Traffic     flow.TrafficType `json:"traffic_type"`
	Compared    string           `json:"compared"`
	Detail      string           `json:"detail"`
	Buckets     uint64           `json:"compared_buckets"`
	Begin       time.Time        `json:"range_begin"` // of all
	End         time.Time        `json:"range_end"`
	// The first of them.
	FirstBegin time.Time `json:"first_begin"`
	FirstEnd   time.Time `json:"first_end"`
	Left       *big.Int  `json:"left_figure"`
	Right      *big.Int  `json:"right_figure"`
}
