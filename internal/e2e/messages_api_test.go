package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// accountsOf configures an account for each of some faults, which only its requests meet, and returns their names.
func (s *stage) accountsOf(faults map[string]apisim.Fault) (names []string) {
	s.t.Helper()
	list := []string{`{name: main, endpoint: "SIM", requests_per_second: 1000}`}
	for name, f := range faults {
		key := "AKID" + name
		s.sim.AddKey(apisim.Key{SecretID: key, SecretKey: "secret"})
		f.Match.SecretID = key
		f.RequestID = "request-of-" + name
		if err := s.sim.AddFaults(f); err != nil {
			s.t.Fatal(err)
		}
		list = append(list, fmt.Sprintf(`{name: %s, endpoint: "SIM", requests_per_second: 1000, `+
			`credentials: {source: static, secret_id: %s, secret_key: secret}}`, name, key))
		names = append(names, name)
	}
	s.accounts(list...)
	slices.Sort(names)
	return names
}

// answers has what fails a window: each account asks an API that answers in a way of its own.
func (s *stage) answers() {
	was := s.read()
	s.edit("granularities:", "timeout: 1s\n  max_attempts: 1\n  granularities:")
	names := s.accountsOf(map[string]apisim.Fault{
		"internal":     {Code: "InternalError.Db", Message: "the database is away"},
		"parameter":    {Code: "InvalidParameter", Message: "no such parameter"},
		"span":         {Code: "InvalidParameterValue", Message: "the time is out of range"},
		"proxy502":     {Kind: apisim.FaultHTML502},
		"proxy404":     {Kind: apisim.FaultGarbage, HTTPStatus: 404},
		"reset":        {Kind: apisim.FaultReset},
		"cut":          {Kind: apisim.FaultResetBody},
		"half":         {Kind: apisim.FaultTruncate},
		"noise":        {Kind: apisim.FaultGarbage},
		"empty":        {Kind: apisim.FaultEmptyObject},
		"silent":       {Kind: apisim.FaultHang},
		"twice":        {Kind: apisim.FaultDuplicateOther},
		"outside":      {Kind: apisim.FaultFarOutside},
		"timeless":     {Kind: apisim.FaultTimeNotNumber},
		"negative":     {Kind: apisim.FaultNegative},
		"huge":         {Kind: apisim.FaultCurrent1e30},
		"disagreeing":  {Kind: apisim.FaultDropOne, Consistent: no()},
		"unexplained":  {Code: "UnknownParameter", Message: "EndTime"},
		"insufficient": {Code: "ResourceInsufficient", Message: "try later"},
	})
	s.scene("Windows that fail")
	for some := range slices.Chunk(names, 10) { // more causes are not listed
		s.does("run --account " + strings.Join(some, ","))
	}
	s.sim.ClearFaults()
	s.write(was)

	s.scene("An answer that lacks what is held")
	if err := s.sim.AddFaults(apisim.Fault{Kind: apisim.FaultEmpty}); err != nil {
		s.t.Fatal(err)
	}
	s.does("backfill --from 2026-11-12 --to 2026-11-14 --force")
	s.sim.ClearFaults()

	s.scene("An API that cannot be reached")
	s.edit("granularities:", "max_attempts: 1\n  granularities:")
	s.where(s.endpoint, "http://"+s.closed, "backfill --from -2d --force")
	s.where(s.endpoint, strings.Replace(s.endpoint, "http:", "https:", 1), "backfill --from -2d --force")
	s.scene("Days in another time zone")
	s.edit("[hourly]", "[daily]")
	s.where("{name: main,", "{name: main, time_zone: Europe/Berlin,", "run")
	s.write(was)
}

// refusals has what stops an account: the API refuses its key.
func (s *stage) refusals() {
	was := s.read()
	names := s.accountsOf(map[string]apisim.Fault{
		"unknown":  {Code: "AuthFailure.SecretIdNotFound", Message: "the SecretId is not found"},
		"unsigned": {Code: "AuthFailure.SignatureFailure", Message: "the signature does not match"},
		"token":    {Code: "AuthFailure.TokenFailure", Message: "the token is wrong"},
		"grant":    {Code: "UnauthorizedOperation", Message: "not authorized"},
		"address":  {Code: "IpNotInWhitelist", Message: "the address is not allowed"},
		"offline":  {Code: "ActionOffline", Message: "the interface is offline"},
		"region":   {Code: "UnsupportedRegion", Message: "the region is not supported"},
		"overdue":  {Code: "LimitExceeded", Message: "the quota is used up"},
		"wall":     {Kind: apisim.FaultGarbage, HTTPStatus: 403},
		"relay":    {Kind: apisim.FaultGarbage, HTTPStatus: 407},
	})
	s.scene("Keys that the API refuses")
	s.does("run --account "+strings.Join(names, ","), "probe --account unknown")
	s.sim.ClearFaults()
	s.write(was)
	s.scene("Roles")
	role := `{name: main, credentials: {source: assume-role, role_arn: "qcs::cam::uin/1:roleName/r", endpoint: "%s"},`
	s.where("{name: main,", fmt.Sprintf(role, "http://"+s.closed), "backfill --from -2d --force")
	if err := s.sim.AddFaults(apisim.Fault{Code: "AuthFailure.UnauthorizedOperation", Message: "no permission",
		RequestID: "request-of-a-role", Match: apisim.Match{Action: "AssumeRole"}}); err != nil {
		s.t.Fatal(err)
	}
	s.where("{name: main,", fmt.Sprintf(role, s.endpoint), "backfill --from -2d --force")
	s.sim.ClearFaults()
	s.scene("A clock that is wrong")
	settings := unlimited()
	settings.ClockOffset = apisim.Duration(-20 * 60 * 1e9)
	s.configureAPI(settings)
	s.does("backfill --from -2d --force")
	s.configureAPI(unlimited())
}

// throttled has a warning of a load that waits for a minute and more; it turns the clock, so it comes last.
func (s *stage) throttled() {
	s.scene("A key whose rate another program uses up")
	if err := s.sim.AddFaults(apisim.Fault{Code: "RequestLimitExceeded", Message: "too many requests", Count: 4,
		RequestID: "request-too-many"}); err != nil {
		s.t.Fatal(err)
	}
	s.rig.wait = func(ctx context.Context, _ time.Duration) error { s.advance(30 * time.Second); return ctx.Err() }
	s.does("backfill --from -2d --force")
	s.rig.wait = hurry
	s.sim.ClearFaults()
}

func (s *stage) configureAPI(settings apisim.Settings) {
	if err := s.sim.Configure(settings); err != nil {
		s.t.Fatal(err)
	}
}
