package e2e

import (
	"fmt"
	"time"
)

// entry is one row of the ledger.
type entry struct {
	series       key5
	begin, end   int64
	zone         string
	state, class string
	failures     int
	request      string
	sent         time.Time
	version      uint64
	asked        *asked // the request that it is about; nil where there was none
}

// stored is one row of facts.
type stored struct {
	reported, final bool
	bytes           uint64
	zone, request   string
	version         uint64
	day             time.Time
}

// place is a bucket of a series.
type place struct {
	key5
	bucket int64
}

func (p place) String() string { return fmt.Sprintf("%v %s", p.key5, hours(p.bucket)) }

// changed is one row of flow_revisions.
type changed struct {
	old, new string
	request  string
}

// books are what the warehouse holds at a moment.
type books struct {
	ledger    []entry
	facts     map[place]stored
	views     map[place]uint64
	history   map[place]map[string]bool // requests
	revisions map[place][]changed
	zones     map[string]string // of the accounts
}

const columns5 = "account, granularity, access_region, gateway_type, traffic_type"

// read scans every row of a query.
func (s *simulated) read(query string, scan func(scan func(...any) error) error) {
	s.t.Helper()
	rows, err := s.conn.Query(s.t.Context(), query)
	if err != nil {
		s.fault("%s: %v", query, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			s.t.Fatalf("%s: %v", query, err)
		}
	}
	if err := rows.Err(); err != nil {
		s.fault("%s: %v", query, err)
	}
}

func (s *simulated) books() *books {
	s.t.Helper()
	b := &books{
		facts: map[place]stored{}, views: map[place]uint64{}, history: map[place]map[string]bool{},
		revisions: map[place][]changed{}, zones: map[string]string{},
	}
	byID := map[string]*asked{}
	s.mind(func() {
		for _, a := range s.asked {
			if a.id != "" {
				byID[a.id] = a
			}
		}
	})
	s.read("SELECT "+columns5+", toInt64(toUnixTimestamp(window_begin)), toInt64(toUnixTimestamp(window_end)), "+
		"time_zone, state, error_class, failures, request_id, sent_at, version "+
		"FROM ledger FINAL WHERE account != 'clock' ORDER BY version", func(scan func(...any) error) error {
		var e entry
		var failures uint16
		k := &e.series
		err := scan(&k.account, &k.granularity, &k.region, &k.gateway, &k.traffic, &e.begin, &e.end,
			&e.zone, &e.state, &e.class, &failures, &e.request, &e.sent, &e.version)
		e.failures, e.asked = int(failures), byID[e.request]
		b.ledger = append(b.ledger, e)
		return err
	})
	s.read("SELECT "+columns5+", toInt64(toUnixTimestamp(bucket)), "+
		"reported, is_final, bytes, time_zone, request_id, version, day "+
		"FROM facts FINAL", func(scan func(...any) error) error {
		var p place
		var f stored
		err := scan(&p.account, &p.granularity, &p.region, &p.gateway, &p.traffic, &p.bucket,
			&f.reported, &f.final, &f.bytes, &f.zone, &f.request, &f.version, &f.day)
		b.facts[p] = f
		return err
	})
	s.read("SELECT account, 'hourly', access_region, gateway_type, traffic_type, "+
		"toInt64(toUnixTimestamp(hour)), bytes FROM flow_hourly UNION ALL "+
		"SELECT account, 'daily', access_region, gateway_type, traffic_type, "+
		"toInt64(toUnixTimestamp(toDateTime(day, 'UTC'))), bytes FROM flow_daily", func(scan func(...any) error) error {
		var p place
		var bytes uint64
		err := scan(&p.account, &p.granularity, &p.region, &p.gateway, &p.traffic, &p.bucket, &bytes)
		if _, twice := b.views[p]; twice {
			s.fault("a view has %v twice", p)
		}
		b.views[p] = bytes
		return err
	})
	s.read("SELECT "+columns5+", toInt64(toUnixTimestamp(bucket)), request_id "+
		"FROM history", func(scan func(...any) error) error {
		var p place
		var id string
		err := scan(&p.account, &p.granularity, &p.region, &p.gateway, &p.traffic, &p.bucket, &id)
		if b.history[p] == nil {
			b.history[p] = map[string]bool{}
		}
		b.history[p][id] = true
		return err
	})
	s.read("SELECT "+columns5+", toInt64(toUnixTimestamp(bucket)), "+
		"ifNull(toString(old_bytes), 'absent'), ifNull(toString(new_bytes), 'absent'), request_id "+
		"FROM flow_revisions ORDER BY observed_at", func(scan func(...any) error) error {
		var p place
		var c changed
		err := scan(&p.account, &p.granularity, &p.region, &p.gateway, &p.traffic, &p.bucket, &c.old, &c.new, &c.request)
		b.revisions[p] = append(b.revisions[p], c)
		return err
	})
	s.read("SELECT account, argMax(time_zone, written_at) "+
		"FROM series GROUP BY account", func(scan func(...any) error) error {
		var account, zone string
		err := scan(&account, &zone)
		b.zones[account] = zone
		return err
	})
	return b
}

// step is the length of a bucket in seconds; the zones of worlds have no daylight saving.
func (k key5) step() int64 {
	if k.granularity == "daily" {
		return 86400
	}
	return 3600
}
