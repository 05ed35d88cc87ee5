package flow

import "time"

// Question is one request as the API takes it: Begin and End go out as BeginTime and EndTime, to the second, wherever they lie.
type Question struct {
	Series     Series
	Begin, End time.Time
}

// Whole is the question for the whole buckets of w. Its End is the window's last second: sibling APIs of the vendor return the bucket that
// contains EndTime, and no page says that this one does not.
func Whole(s Series, w Window) Question {
	return Question{Series: s, Begin: w.Begin, End: w.End.Add(-time.Second)}
}

// Trip is what the way of one request to the API and back showed.
type Trip struct {
	Latency  time.Duration // from sending to the last byte of the answer, 0 where none arrived
	Dated    bool          // the answer had a Date
	ClockOff time.Duration // this machine's clock less the API's, within about a second; 0 without a Date
}
