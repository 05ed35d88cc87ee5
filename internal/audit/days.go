package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// shifted is an account whose days sum up if they start at another hour.
type shifted struct {
	account, zone  string
	shift          int64 // hours later than in zone
	matched, tried uint64
	newest         time.Time // start of the newest day that was tried
}

// verifyZones finds out whether days that do not sum up would in another time zone, and says which.
func (a *Auditor) verifyZones(ctx context.Context, v Verification) error {
	q := v.query(CheckDays, "looking for the time zone of the days", statements.Text("shifts", nil))
	q.Raw = true // the account goes back into the warehouse
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

// words say by how much the days are shifted, and which time zone to write.
func (s shifted) words() string {
	words := fmt.Sprintf("the days sum up if they start %d h later than in %s", s.shift, s.zone)
	if s.shift < 0 {
		words = fmt.Sprintf("the days sum up if they start %d h earlier than in %s", -s.shift, s.zone)
	}
	start := s.newest.Add(time.Duration(s.shift) * time.Hour)
	if zone, ok := flow.MidnightZone([]flow.Point{{Time: start}}); ok {
		words += fmt.Sprintf(": write time_zone: %s for account %s, and run mnaflow run", zone, s.account)
	}
	return words
}
