// Package audit verifies what is stored: it holds it against itself, against what the API said, and against what the
// program declares.
//
// Invariant: it writes results of checks and nothing else, and it reads what the program declares, whatever views the
// database has. A check is a file in sql/ that yields verdicts; results.sql turns them into rows of check_results.
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

// verifyTimeout bounds one statement of a verification, which reads everything that is stored.
const verifyTimeout = 30 * time.Minute

// Auditor verifies a warehouse.
type Auditor struct{ db *warehouse.DB }

// New returns an auditor; it reads nothing yet.
func New(db *warehouse.DB) *Auditor { return &Auditor{db} }

// step is one statement of a verification.
type step struct {
	check, doing, file string
	data               any // what the file is assembled of
}

// yearly are compared year by year, as facts are partitioned, so that memory does not grow with the range.
func yearly() []step {
	return []step{
		{CheckDirections, "comparing directions", "sums", directions()},
		{CheckRegions, "comparing regions", "sums", regions()},
		{CheckDays, "comparing hours with days", "days", daysData()},
		{CheckAnswers, "comparing answers with what is stored", "answers", answersData()},
		{CheckStorage, "comparing facts with the calendar", "calendar", nil},
		{CheckStorage, "comparing facts with history", "explained", nil},
		{CheckStorage, "comparing facts with the ledger", "entries", nil},
		{CheckStorage, "comparing the ledger with facts", "stored", nil},
		{CheckStorage, "counting keys", "keys", nil},
	}
}

// whole are compared over the whole range.
func whole() []step {
	const lacking = "looking for parts that the configuration lacks"
	return []step{
		{CheckDirections, lacking, "sums_skipped", directions()},
		{CheckRegions, lacking, "sums_skipped", regions()},
		{CheckDays, lacking, "days_skipped", nil},
		{CheckCoverage, "checking the coverage", "coverage", nil},
		{CheckCoverage, "looking for gaps", "gaps", nil},
		{CheckCoverage, "looking for anything", "nothing", nil},
		{CheckStorage, "counting rows and parts", "parts", nil},
	}
}

// verify reconciles what is stored, inside the warehouse, and writes every result into the view data_checks.
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
		if err := a.steps(ctx, part, yearly()); err != nil {
			return err
		}
	}
	if err := a.steps(ctx, v, slices.Concat(whole(), futures(a.db.Qualified))); err != nil {
		return err
	}
	for _, check := range []func(context.Context, Verification) error{a.verifyUnloaded, a.verifyViews, a.verifyZones} {
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

// check runs one statement that yields verdicts, and stores the results.
func (a *Auditor) check(ctx context.Context, v Verification, s step) error {
	return a.db.Exec(ctx, v.query(s.check, s.doing, s.statement()))
}

// statement turns the verdicts of a step into results.
func (s step) statement() string { return statements.Text("results", statements.Text(s.file, s.data)) }

// clock reads the warehouse's clock, in microseconds.
func (a *Auditor) clock(ctx context.Context) (now uint64, err error) {
	q := warehouse.Query{Doing: "reading the warehouse's clock", SQL: "SELECT toUInt64(toUnixTimestamp64Micro(now64(6)))"}
	read, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (n uint64, err error) { return n, scan(&n) })
	if err != nil {
		return 0, err
	}
	return read[0], nil
}

// years returns the calendar years, in UTC, of what is stored or accounted for in a range.
func (a *Auditor) years(ctx context.Context, within flow.Window) ([]flow.Window, error) {
	q := warehouse.Query{Doing: "reading the range of what is stored", SQL: statements.Text("range", nil)}
	ends, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (w flow.Window, err error) {
		return w, scan(&w.Begin, &w.End)
	})
	if err != nil {
		return nil, err
	}
	var out []flow.Window
	for year := ends[0].Begin.UTC().Year(); year <= ends[0].End.UTC().Year(); year++ {
		part := flow.Window{Begin: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)}
		if part.Begin.Before(within.Begin) {
			part.Begin = within.Begin
		}
		if !within.End.IsZero() && part.End.After(within.End) {
			part.End = within.End
		}
		if !part.Empty() && ends[0].End.Unix() > 0 {
			out = append(out, part)
		}
	}
	return out, nil
}

// query is a statement of a check with the values that every statement of a verification may use.
func (v Verification) query(check, doing, sql string) warehouse.Query {
	from, to := time.Unix(0, 0), time.Unix(1<<32-1, 0) // all that a DateTime can hold
	if !v.Window.Begin.IsZero() {
		from = v.Window.Begin
	}
	if !v.Window.End.IsZero() {
		to = v.Window.End
	}
	return warehouse.Query{
		Doing: doing, SQL: sql, Comment: "mnaflow verify " + v.ID, Bound: verifyTimeout,
		Values: warehouse.Values{
			"verify_id": v.ID, "checked_at": v.At.UnixMilli(), "clock": v.clock, "check": check, "from": from, "to": to,
			"accounts": v.Accounts, "granularities": v.Granularities, "regions": v.Regions,
			"gateways": v.GatewayTypes, "types": v.TrafficTypes,
			"promised_hourly": v.Promised[flow.Hourly], "promised_daily": v.Promised[flow.Daily],
		},
	}
}

// verdict is one that Go has found; verdict.sql yields it.
type verdict struct {
	Account     string
	Begin, End  time.Time // End: zero is now
	Compared    string
	State       CheckState
	Left, Right any // numbers, or NULL
	Words       string
	N           int
}
