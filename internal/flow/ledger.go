package flow

import "time"

// State is what became of one attempt at a window, as the ledger keeps it.
type State string

// The states of an attempt.
const (
	Accepted    State = "accepted"    // its answer is stored: it covers its buckets
	Failed      State = "failed"      // to be asked for again
	Unavailable State = "unavailable" // older than the API keeps of this series: not asked for again for a month, and then by one question
)

// Attempt is one window on its way into the ledger, with the answer that it brought, if any.
type Attempt struct {
	Series   Series
	Calendar Calendar // of the series: its zone is kept with every row
	Window   Window
	State    State
	Class    Class  // why it is not accepted
	Reason   string // the same in words, or what is doubtful about an accepted answer
	Failures int    // attempts in a row that failed for these buckets, this one included; outages are not counted
	Answered time.Time

	RequestID string
	Sent      Stamp
	Requests  int // sent for it
	Throttled int // of those, refused by the rate limit

	Transformed Transformed // the answer as transform made it, of an accepted attempt
	Revised     int         // buckets whose value differs from the one before
	Retracted   int         // buckets that had a value and have none now
}

// Held is what the warehouse holds of one bucket before an attempt is stored.
type Held struct {
	Reported bool // the current value exists
	Final    bool // it has been declared final

	HasPrevious      bool // history has a value older than the attempt; it is in the two below
	PreviousBytes    uint64
	PreviousReported bool
}

// LedgerSpan is a range of one series with the newest attempt that covers it, as planning reads the ledger.
type LedgerSpan struct {
	Window   Window
	State    State
	Class    Class
	Failures int
	Sent     Stamp
	Reach    time.Duration // of accepted answers: the age of the oldest bucket when it was asked for, of all that are merged here the longest
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

// Run is the state of one run, as the warehouse keeps it.
type Run struct {
	ID       string    `json:"run_id"` // a UUID
	Command  string    `json:"command"`
	Program  string    `json:"program"` // version of mnaflow
	State    RunState  `json:"state"`
	Reason   string    `json:"reason"`
	ExitCode int       `json:"exit_code"`
	Started  time.Time `json:"started_at"`
	Finished time.Time `json:"finished_at,omitzero"` // zero while it runs; of a lost run, when it was last heard of
	Counts
}

// Counts are what a run did.
type Counts struct {
	Windows     int `json:"windows"` // planned
	Accepted    int `json:"accepted"`
	Failed      int `json:"failed"`
	Unavailable int `json:"unavailable"`
	Requests    int `json:"requests"`  // sent, retries included
	Throttled   int `json:"throttled"` // of those, refused by the rate limit
	Retries     int `json:"retries"`   // sent again after a failure that may pass
	Rows        int `json:"rows"`      // facts written
	Reported    int `json:"reported"`  // of those, with a value
	Revised     int `json:"revised"`   // buckets whose value changed
	Retracted   int `json:"retracted"` // of those, without a value now
}

// Setting is what the configuration asks for one series, as the views read it.
type Setting struct {
	Series  Series
	Start   time.Time // first instant that should be covered
	Zone    *time.Location
	Settle  time.Duration
	Refresh time.Duration
	// Finality is how long after the end of its day a bucket is still asked for again.
	Finality time.Duration
}

// Limits are what the API turned out to accept of one account and granularity: the longest window lies between the two. How far back data
// reach is known of each series by itself: the ledger says what is unavailable.
type Limits struct {
	Answered int       // buckets in the longest window that was answered, 0 where none is known
	Refused  int       // buckets in the shortest window that was refused for its length, 0 where none is known
	Learned  time.Time // when the latter was found
}
