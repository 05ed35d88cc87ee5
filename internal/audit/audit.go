// Package audit verifies the data in the warehouse. It compares them with each other (the hours of a day with the day),
// with the API's own totals, and with the views that the program declares.
//
// Invariant: it writes to check_results only, and a view that somebody changed cannot change a result: statements
// contain the program's own definition of each view that they read.
//
// A check is a file in sql/ that yields verdicts. results.sql turns them into rows of check_results.
package audit

import (
	"context"
	"embed"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.ParseStatements(files)

// verifyTimeout bounds one statement of a verification: it may read all data.
const verifyTimeout = 30 * time.Minute

// Auditor verifies a warehouse.
type Auditor struct{ db *warehouse.DB }

// New returns an auditor of db. It sends no query.
func New(db *warehouse.DB) *Auditor { return &Auditor{db} }

// step is one statement of a verification.
type step struct {
	check string // its check_name
	doing string // for errors: "comparing regions"
	file  string // its template in sql/, without .sql
	data  any    // the template's data
}

// yearly returns the steps that run once for each calendar year, the partition of facts, so that memory does not grow
// with the range.
func yearly() []step {
	return []step{
		{CheckDirections, "comparing directions", "sums", directions()},
		{CheckRegions, "comparing regions", "sums", regions()},
		{CheckDays, "comparing hours with days", "days", daysData()},
		{CheckAnswers, "comparing answers with what is stored", "answers", answersData()},
		{CheckStorage, "comparing facts with the calendar", "calendar", nil},
		{CheckStorage, "comparing facts with history", "explained", nil},
		{CheckStorage, "comparing facts and history with the ledger", "entries", nil},
		{CheckStorage, "comparing the ledger with facts", "stored", nil},
		{CheckStorage, "comparing the ledger with history", "revised", nil},
		{CheckStorage, "comparing what was final in history with the ledger", "was_final", nil},
		{CheckStorage, "counting keys", "keys", nil},
	}
}

// whole returns the steps that run once for the whole range.
func whole() []step {
	const lacking = "looking for parts that the configuration lacks"
	return []step{
		{CheckDirections, lacking, "sums_skipped", directions()},
		{CheckRegions, lacking, "sums_skipped", regions()},
		{CheckDays, lacking, "days_skipped", nil},
		{CheckCoverage, "checking the coverage", "coverage", nil},
		{CheckCoverage, "looking for gaps", "gaps", nil},
		{CheckCoverage, "looking for anything", "nothing", nil},
		{CheckStorage, "comparing attempts with their runs", "attempts", nil},
		{CheckStorage, "counting the attempts of runs", "runs", nil},
		{CheckStorage, "counting rows and parts", "parts", nil},
		{CheckStorage, "looking at the lengths of windows", "limits", nil},
		{CheckStorage, "looking at earlier verifications", "verifications", nil},
	}
}

// verify runs every check of v inside the warehouse and stores all results, which the view data_checks shows.
func (a *Auditor) verify(ctx context.Context, v Verification) error {
	clock, err := a.clock(ctx)
	if err != nil {
		return err
	}
	v.clock = clock
	years, err := a.years(ctx, v.Window)
	if err != nil {
		return err
	}
	for _, year := range years {
		part := v
		part.Window = year
		if part.reach, err = a.reach(ctx, part); err != nil {
			return err
		}
		if err := a.steps(ctx, part, yearly()); err != nil {
			return err
		}
	}
	if err := a.steps(ctx, v, slices.Concat(whole(), futures(a.db.Qualified))); err != nil {
		return err
	}
	for _, check := range []func(context.Context, Verification) error{
		a.verifyUnloaded, a.verifyViews, a.verifyZones, a.verifyCalendar,
	} {
		if err := check(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (a *Auditor) steps(ctx context.Context, v Verification, steps []step) error {
	for _, s := range steps {
		if err := a.check(ctx, v, s); err != nil {
			return err
		}
	}
	return nil
}

// check runs one statement that yields verdicts and stores its results.
func (a *Auditor) check(ctx context.Context, v Verification, s step) error {
	return a.db.Exec(ctx, a.query(v, s.check, s.doing, s.statement()))
}

// statement returns the INSERT … SELECT that stores the verdicts of a step as results.
func (s step) statement() string { return statements.Text("results", statements.Text(s.file, s.data)) }

// clock reads the warehouse's clock, in microseconds since 1970.
func (a *Auditor) clock(ctx context.Context) (now uint64, err error) {
	const clock = "SELECT toUInt64(toUnixTimestamp64Micro(now64(6)))"
	q := warehouse.Query{Doing: "reading the warehouse's clock", SQL: clock}
	read, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (n uint64, err error) {
		return n, scan(&n)
	})
	if err != nil {
		return 0, err
	}
	return read[0], nil
}

// reach is how far the accepted answers reach that touch a range.
type reach struct {
	windows        flow.Window // from the first begin to the last end
	oldest, newest uint64      // versions
}

// reach returns the reach of the answers that touch the range of v.
func (a *Auditor) reach(ctx context.Context, v Verification) (reach, error) {
	q := a.query(v, "", "reading the range of the answers", statements.Text("reach", nil))
	read, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (r reach, err error) {
		return r, scan(&r.windows.Begin, &r.windows.End, &r.oldest, &r.newest)
	})
	if err != nil {
		return reach{}, err
	}
	return read[0], nil
}

// years cuts a range into calendar years in UTC, from the first to the last one with a fact or an accepted answer. The
// first and the last year end where the range does.
func (a *Auditor) years(ctx context.Context, within flow.Window) ([]flow.Window, error) {
	q := warehouse.Query{Doing: "reading the range of what is stored", SQL: statements.Text("range", nil)}
	read, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (w flow.Window, err error) {
		return w, scan(&w.Begin, &w.End)
	})
	if err != nil {
		return nil, err
	}
	stored := read[0]
	var out []flow.Window
	for year := stored.Begin.UTC().Year(); year <= stored.End.UTC().Year(); year++ {
		part := flow.Window{
			Begin: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC),
		}
		if part.Begin.Before(within.Begin) {
			part.Begin = within.Begin
		}
		if !within.End.IsZero() && part.End.After(within.End) {
			part.End = within.End
		}
		if !part.Empty() && stored.End.Unix() > 0 {
			out = append(out, part)
		}
	}
	return out, nil
}

// query returns a statement of a check with the parameters that every statement of a verification may use.
func (a *Auditor) query(v Verification, check, doing, sql string) warehouse.Query {
	from, to := time.Unix(0, 0), time.Unix(1<<32-1, 0) // the range of DateTime
	if !v.Window.Begin.IsZero() {
		from = v.Window.Begin
	}
	if !v.Window.End.IsZero() {
		to = v.Window.End
	}
	wanted := flow.DimensionsOf(v.Wanted)
	values := warehouse.Values{
		"verify_id": v.ID, "checked_at": v.At.UnixMilli(), "clock": v.clock, "check": check, "from": from, "to": to,
		"near_from": v.reach.windows.Begin, "near_to": v.reach.windows.End,
		"oldest": v.reach.oldest, "newest": v.reach.newest,
		"accounts": v.Accounts, "granularities": v.Granularities, "regions": v.Regions,
		"gateways": v.GatewayTypes, "types": v.TrafficTypes,
		"wanted_accounts": wanted.Accounts, "wanted_granularities": wanted.Granularities,
		"wanted_regions": wanted.Regions, "wanted_gateways": wanted.GatewayTypes, "wanted_types": wanted.TrafficTypes,
		"promised_hourly": v.Promised[flow.Hourly], "promised_daily": v.Promised[flow.Daily],
	}
	a.advise(v, sql, values)
	return warehouse.Query{
		Doing: doing, SQL: sql, Values: values, Comment: "mnaflow verify " + v.ID, Bound: verifyTimeout,
	}
}

// verdict is a verdict that Go code reached; verdict.sql yields it.
type verdict struct {
	Account     string
	Begin, End  time.Time // a zero End is now
	Compared    string    // "series loaded as configured = series of the configuration"
	State       CheckState
	Left, Right any    // numbers, or NULL
	Words       string // the detail, for the operator
	N           int    // compared buckets
}
