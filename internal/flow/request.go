package flow

import "time"

// Request is one request to the API. Begin and End go out as BeginTime and EndTime, cut to the second; they need not
// lie on bucket boundaries.
type Request struct {
	Series     Series
	Begin, End time.Time
}

// WholeBuckets is the request for the buckets of w, which starts and ends on bucket boundaries. Its End is the last
// second of w: sibling APIs of the vendor also return the bucket that contains EndTime, and the page of
// GetFlowStatisticByRegion does not say that it differs.
func WholeBuckets(s Series, w Window) Request {
	return Request{Series: s, Begin: w.Begin, End: w.End.Add(-time.Second)}
}

// Trip is what one round trip to the API showed.
type Trip struct {
	Latency  time.Duration // from sending to the last byte of the answer; 0 if none arrived
	Dated    bool          // the answer had a Date header
	ClockOff time.Duration // this machine's clock less the API's, within about a second; 0 unless Dated
}
