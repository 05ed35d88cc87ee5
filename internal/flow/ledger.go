package flow

import "time"

// State is the result of one attempt at a window, as the ledger stores it.
type State string

// The states of an attempt.
const (
	Accepted State = "accepted" // its answer is stored: it covers its buckets
	Failed   State = "failed"   // it will be requested again, after a back-off
	// Unavailable buckets are older than the API keeps their series. Once a month a single request checks whether
	// that still holds.
	Unavailable State = "unavailable"
)

// Attempt is one attempt at a window, ready to be stored: its result and, if accepted, its facts.
type Attempt struct {
	Series   Series
	Calendar Calendar // of the series; every ledger row stores its zone
	Window   Window
	State    State
	Class    Class  // of the error; empty if accepted
	Reason   string // the error in words, or the Remark of an accepted answer
	Failures int    // failed attempts in a row at these buckets, this one included; outages do not count
	Answered time.Time

	RequestID string
	Sent      Stamp
	Requests  int // sent for the window
	Throttled int // of those, throttled

	Transformed Transformed // if accepted
	FinalBefore time.Time   // if accepted: buckets before it are final in this answer; zero if unknown
	Revised     int         // buckets whose value differs from the previous one
	Retracted   int         // of those, buckets that had a value and have none now
}

// Held is one bucket in the warehouse, just before an attempt is stored.
type Held struct {
	Reported bool // it has a value now
	Final    bool // it is marked as final

	HasPrevious      bool // history has a previous value: one older than the attempt, in the two fields below
	PreviousBytes    uint64
	PreviousReported bool
}

// LedgerSpan is a span of one series whose buckets share their newest attempt, as planning reads it from the ledger.
type LedgerSpan struct {
	Window   Window
	State    State
	Class    Class
	Failures int
	Sent     Stamp
	// Reach is how old the oldest bucket of an accepted answer was when its request was sent: proof that the API
	// keeps data that long. Several answers may be merged here; it is the greatest.
	Reach time.Duration
}

// RunState is how far a run has come, or how it ended.
type RunState string

// The states of a run. A reader of the view runs also sees RunLost, which nothing writes.
const (
	RunRunning     RunState = "running"
	RunDone        RunState = "done"        // every window is stored
	RunPartial     RunState = "partial"     // some windows failed, or were left for the next run
	RunDenied      RunState = "denied"      // the API refused credentials, permission or clock of an account
	RunInterrupted RunState = "interrupted" // by a signal
	RunFailed      RunState = "failed"      // the warehouse failed, or something unexpected happened
	RunLost        RunState = "lost"        // it has not written for ten minutes: killed, or cut off from the warehouse
)

// Run is one run of a command that loads, as the warehouse stores it.
type Run struct {
	ID       string    `json:"run_id"` // a UUID
	Command  string    `json:"command"`
	Program  string    `json:"program"` // version of mnaflow
	State    RunState  `json:"state"`
	Reason   string    `json:"reason"`
	ExitCode int       `json:"exit_code"`
	Started  time.Time `json:"started_at"`
	Finished time.Time `json:"finished_at,omitzero"` // zero while it runs; of a lost run, its last sign of life
	Counts
}

// Counts are what a run did.
type Counts struct {
	Windows     int `json:"windows"` // planned
	Accepted    int `json:"accepted"`
	Failed      int `json:"failed"`
	Unavailable int `json:"unavailable"`
	Requests    int `json:"requests"`  // sent, retries included
	Throttled   int `json:"throttled"` // of those, throttled
	Retries     int `json:"retries"`   // sent again after a transient failure
	Rows        int `json:"rows"`      // facts written
	Reported    int `json:"reported"`  // of those, with a value
	Revised     int `json:"revised"`   // buckets whose value changed
	Retracted   int `json:"retracted"` // of those, without a value now
}

// Setting is the configuration of one series, as the warehouse's views read it.
type Setting struct {
	Series  Series
	Start   time.Time // the first instant to load
	Oldest  time.Time // begin of a pass that goes back further than Start; else zero
	Zone    *time.Location
	Settle  time.Duration
	Refresh time.Duration
	// Finality is how long after the end of its day a bucket is still requested again.
	Finality time.Duration
}

// Limits bracket the longest window that the API accepts from one account at one granularity: it is at least Answered
// and less than Refused buckets. How far back the data go is not here: it differs by series, and the ledger says what
// is unavailable.
type Limits struct {
	Answered int       // buckets in the longest window that was answered; 0: unknown
	Refused  int       // buckets in the shortest window that was refused for its length; 0: unknown
	Learned  time.Time // when Refused was learned
}
