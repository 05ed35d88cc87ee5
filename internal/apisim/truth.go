package apisim

import (
	"iter"
	"time"
)

// Query selects rows of the truth. An empty word stands for all. A bucket is selected if it begins in [Begin, End).
type Query struct {
	Granularity, Region, Gateway, Traffic string
	Begin, End                            time.Time
	AsOf                                  time.Time // zero: the data clock's now
}

// Row is one bucket with traffic.
type Row struct {
	Granularity, Region, Gateway, Traffic string
	Begin                                 time.Time // UTC
	Bytes                                 uint64
}

// Truth yields the buckets with traffic that the API reports as of a moment. Rows are in the order hourly daily, then
// ALL MC AP EU AM, then public private, then uplink downlink total, then by time.
//
// Of the settings only day_offset, data_lag and growth affect the truth; retention and the look of answers do not.
// Truth panics at an unknown word: if it yielded nothing, a test would take that for agreement.
func (s *Simulator) Truth(q Query) iter.Seq[Row] {
	all, err := q.series()
	if err != nil {
		panic("apisim: " + err.Error())
	}
	return s.truth(all, q)
}

func (q Query) series() (all []series, err error) {
	granularities, err := positions("granularity", q.Granularity, granularityWords)
	if err != nil {
		return nil, err
	}
	regions, err := positions("region", q.Region, regionWords)
	if err != nil {
		return nil, err
	}
	gateways, err := positions("gateway type", q.Gateway, gatewayWords)
	if err != nil {
		return nil, err
	}
	traffics, err := positions("traffic type", q.Traffic, trafficWords)
	if err != nil {
		return nil, err
	}
	for _, granularity := range granularities {
		for _, region := range regions {
			for _, gateway := range gateways {
				for _, traffic := range traffics {
					all = append(all, series{granularity, region, gateway, traffic})
				}
			}
		}
	}
	return all, nil
}

func (s *Simulator) truth(all []series, q Query) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		if q.AsOf.IsZero() {
			q.AsOf = s.Now()
		}
		v := s.view(s.Settings(), q.AsOf).narrowed(q.Begin.Unix()-daySeconds, q.End.Unix()+daySeconds)
		end := min(ceilSecond(q.End), v.now())
		for _, one := range all {
			granularity, region, gateway, traffic := one.words()
			for at := v.ceil(one, ceilSecond(q.Begin)); at < end; at += one.bucketSeconds() {
				bytes := v.bucket(one, at)
				if bytes == 0 {
					continue
				}
				if !yield(Row{granularity, region, gateway, traffic, time.Unix(at, 0).UTC(), bytes}) {
					return
				}
			}
		}
	}
}

// ceilSecond returns the first whole second at or after t.
func ceilSecond(t time.Time) int64 {
	if t.Nanosecond() != 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// Bytes returns the truth of the bucket that contains begin; 0: the API leaves the bucket out. It panics at an unknown
// word.
func (s *Simulator) Bytes(granularity, region, gateway, traffic string, begin, asOf time.Time) uint64 {
	all, err := Query{Granularity: granularity, Region: region, Gateway: gateway, Traffic: traffic}.series()
	if err != nil || len(all) != 1 {
		panic("apisim: Bytes needs one granularity, region, gateway and traffic type")
	}
	v := s.view(s.Settings(), asOf)
	return v.bucket(all[0], v.floor(all[0], begin.Unix()))
}
