package flow

import "time"

// Stamp is the moment at which a request was sent.
type Stamp struct {
	At time.Time // by this program's clock; settle, refresh and finality count from it
	// Version is in microseconds of the warehouse's clock and higher than every version before. Of a bucket's facts
	// the highest version wins.
	Version uint64
}

// Point is one point of an answer, as the API returned it.
type Point struct {
	Time       time.Time // usually the start of its bucket, UTC
	Bytes      uint64    // rounded to the byte, half up
	Fractional bool      // the API returned a fraction of a byte
}

// Answer is what the API returned for one window of one series.
type Answer struct {
	Points          []Point
	Max, Avg, Total *float64 // MaxValue, AvgValue and TotalValue, in bytes; nil if missing
	RequestID       string   // the vendor's
	Sent            Stamp    // of the request that was answered
	Attempts        int      // requests sent for the window, this one included
	Throttled       int      // of those, throttled
}

// Fact is one bucket of one series, as the warehouse stores it.
type Fact struct {
	Bucket   time.Time // its start, UTC
	Day      time.Time // its civil date in the account's time zone, as midnight UTC
	Bytes    uint64    // 0 unless Reported
	Reported bool      // false: an answer covers the bucket but has no point for it, which means no traffic
	Final    bool      // it will not be requested again
}

// Transformed is what transform makes of one answer: a fact for every bucket of its window, and counts of what it
// dropped or changed.
type Transformed struct {
	Facts           []Fact
	Max, Avg, Total *float64 // as in Answer
	Points          int      // in the answer
	Reported        int      // facts that are Reported
	Dropped         int      // points outside the window
	Rounded         int      // points with a fraction of a byte
	Floored         int      // points moved to the start of their bucket
	Remark          string   // how the answer disagrees with its own totals; only with answer_check: record
}
