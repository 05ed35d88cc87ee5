package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// shifted is an account whose hours sum up to its days if the days start at another hour.
type shifted struct {
	account, zone  string
	shift          int64     // hours after midnight of zone; negative: before
	matched, tried uint64    // days that sum up with the shift, and all days that failed
	newest         time.Time // start of the newest day in tried
}

// verifyZones looks for a wrong time zone behind failed days: it tries each failed day at every whole hour around its
// start. If most of an account's days sum up at one of them, the result names the shift and a zone to configure.
func (a *Auditor) verifyZones(ctx context.Context, v Verification) error {
	q := a.query(v, CheckDays, "looking for the time zone of the days", statements.Text("shifts", nil))
	q.Raw = true // results have to carry the account's name unchanged
	found, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (s shifted, err error) {
		return s, scan(&s.account, &s.zone, &s.shift, &s.matched, &s.tried, &s.newest)
	})
	if err != nil {
		return err
	}
	for _, s := range found {
		one := step{CheckDays, "writing the time zone of the days", "verdict", verdict{
			Account: s.account, Begin: s.newest, End: s.newest.Add(24 * time.Hour),
			Compared: "days that sum up at another hour = days that do not sum up", State: CheckFailed,
			Left: s.matched, Right: s.tried, Words: s.words(), N: int(s.tried),
		}}
		if err := a.check(ctx, v, one); err != nil {
			return err
		}
	}
	return nil
}

// words returns by how many hours the days are shifted, and a time zone that starts its days there, if there is one.
func (s shifted) words() string {
	words := fmt.Sprintf("the days sum up if they start %d h later than in %s", s.shift, s.zone)
	if s.shift < 0 {
		words = fmt.Sprintf("the days sum up if they start %d h earlier than in %s", -s.shift, s.zone)
	}
	start := s.newest.Add(time.Duration(s.shift) * time.Hour)
	if zone, ok := flow.MidnightZone([]flow.Point{{Time: start}}); ok {
		words += fmt.Sprintf(": write time_zone: %s for account %s, and run mnaflow run", zone, s.account)
	}
	return words + "; if the zone is right, the days were changed: load them again with " + reload
}
