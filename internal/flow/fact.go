package flow

import "time"

// Stamp is the moment at which a request was sent.
type Stamp struct {
	At      time.Time // by this program's clock: what settle, refresh and finality are measured from
	Version uint64    // microseconds of the warehouse's clock, higher than every version before it: the fact with the highest wins
}

// Point is one bucket of an answer as the API gave it.
type Point struct {
	Time       time.Time
	Bytes      uint64 // rounded to the byte, half up
	Fractional bool   // whether there was something to round
}

// Answer is what the API returned for one window of one series.
type Answer struct {
	Points          []Point
	Max, Avg, Total *float64 // bytes, as the API computed them over the points it returned; nil where it gave none
	RequestID       string   // the vendor's
	Sent            Stamp    // of the attempt that was answered
	Attempts        int      // requests sent for it, this one included
	Throttled       int      // of those, refused by the rate limit
}

// Fact is what the warehouse keeps of one bucket of one series.
type Fact struct {
	Bucket   time.Time // its start, UTC
	Day      time.Time // its civil date in the account's time zone, as midnight UTC
	Bytes    uint64    // 0 where not reported
	Reported bool      // false: covered by an answer that has no point for it
	Final    bool      // it will not be asked for again
}

// Transformed is what transform made of an accepted answer: a fact for every bucket of its window, and counts of what
// it changed or left out.
type Transformed struct {
	Facts           []Fact
	Max, Avg, Total *float64 // the API's own, as in Answer
	Points          int      // in the answer
	Reported        int      // facts with a point
	Dropped         int      // points outside the window
	Rounded         int      // points with a fraction of a byte
	Floored         int      // hourly points off the full hour
	Remark          string   // why it is doubtful, where answer_check is "record"
}
