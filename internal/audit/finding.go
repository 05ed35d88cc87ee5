package audit

import (
	"math/big"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// CheckState is the result of a check.
type CheckState string

// The states of a check.
const (
	CheckPassed CheckState = "passed"
	CheckFailed CheckState = "failed"
	// CheckPending is a difference that a load may still remove: buckets that are not final, gaps that the next run
	// loads, a load under way. Example: an hour was requested at 10:20 and again at 10:50, its day only at 10:20. Their
	// sums differ, but as long as one of them is not final, that is no fault.
	CheckPending CheckState = "pending"
	CheckSkipped CheckState = "skipped" // a figure to compare with is missing, such as a region that is not loaded
)

// The checks of a verification, in the order in which they run and are shown.
const (
	CheckDirections = "directions" // uplink + downlink = total
	CheckRegions    = "regions"    // MC + AP + EU + AM = ALL
	CheckDays       = "days"       // the hours of a day = the day
	CheckAnswers    = "answers"    // the stored values of a window = TotalValue and MaxValue of its answer
	CheckCoverage   = "coverage"   // no gap, no failed bucket, no series that is configured and not loaded
	CheckStorage    = "storage"    // facts, history, ledger, calendar and clock agree
	CheckViews      = "views"      // views and tables = their declarations
)

// Checks lists the checks of a verification in their order.
func Checks() []string {
	return []string{CheckDirections, CheckRegions, CheckDays, CheckAnswers, CheckCoverage, CheckStorage, CheckViews}
}

// Verification selects what to verify: the checks that touch one of the series and the range.
type Verification struct {
	ID     string // a UUID
	At     time.Time
	Window flow.Window // the range; a zero bound is open
	// The values of each dimension; an empty list means all in the warehouse.
	Accounts, Granularities, Regions, GatewayTypes, TrafficTypes []string
	// Wanted are the settings of these series in the configuration.
	Wanted []flow.Setting
	// Promised is the instant up to which buckets should be loaded by now, as report.Promise.Until returns it. A gap
	// before it is failed, a later one pending.
	Promised map[flow.Granularity]time.Time

	part  int    // its place in a verification of several parts
	clock uint64 // of the warehouse when the verification began, in microseconds
	reach reach  // of the answers that touch Window
}

// CheckCount counts the results of a check with the same state.
type CheckCount struct {
	Check   string     `json:"check_name"`
	State   CheckState `json:"state"`
	Results uint64     `json:"results"`
	// Buckets is the number of compared buckets. The check answers counts windows.
	Buckets uint64 `json:"compared_buckets"`
}

// Finding sums up the results with one state of one check and series that have the same detail. Example: 300 hours of
// main/hourly/ALL/public failed because not all parts are final. Times are in UTC, figures in bytes unless Compared
// says otherwise.
type Finding struct {
	Check       string           `json:"check_name"`
	State       CheckState       `json:"state"`
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"` // empty if it does not apply; so are the next three
	Region      flow.Region      `json:"access_region"`
	Gateway     flow.GatewayType `json:"gateway_type"`
	Traffic     flow.TrafficType `json:"traffic_type"`
	Compared    string           `json:"compared"` // "uplink + downlink = total"
	Detail      string           `json:"detail"`
	Buckets     uint64           `json:"compared_buckets"`
	Begin       time.Time        `json:"range_begin"` // of all results
	End         time.Time        `json:"range_end"`
	// The oldest result: its range and its two figures.
	FirstBegin time.Time `json:"first_begin"`
	FirstEnd   time.Time `json:"first_end"`
	Left       *big.Int  `json:"left_figure"`
	Right      *big.Int  `json:"right_figure"`

	kind  string // the detail as it is stored, which findings of the same cause share
	lacks string // what the configuration needs before a load can do what is advised: "AP to extract.regions"
}
