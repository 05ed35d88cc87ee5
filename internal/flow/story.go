package flow

import "time"

// Story is everything that is known of one bucket of one series.
type Story struct {
	Series   Series    `json:"-"`
	Bucket   Window    `json:"-"`
	Value    *Told     `json:"current"` // nil where no accepted answer covers it
	Final    bool      `json:"is_final"`
	Gap      string    `json:"gap"`      // why it is not covered, empty where it is or where nothing expects it
	Values   []Told    `json:"values"`   // every value it has had, the oldest first
	Attempts []Asked   `json:"attempts"` // at windows that hold it, the oldest first
	Checks   []Finding `json:"checks"`   // what the newest verification of each kind says
}

// Told is what the API said of a bucket from a request on.
type Told struct {
	Bytes     *uint64   `json:"bytes"` // nil: no traffic reported
	At        time.Time `json:"observed_at"`
	WasFinal  bool      `json:"was_final"` // the value before had been declared final
	RequestID string    `json:"request_id"`
	RunID     string    `json:"run_id"`
}

// Asked is one attempt at a window, as the ledger has it.
type Asked struct {
	Begin     time.Time `json:"window_begin"`
	End       time.Time `json:"window_end"`
	SentAt    time.Time `json:"sent_at"`
	State     State     `json:"state"`
	Reason    string    `json:"reason"`
	RequestID string    `json:"request_id"`
	RunID     string    `json:"run_id"`
	Requests  uint16    `json:"attempts"`
	Points    uint32    `json:"points"`
}
