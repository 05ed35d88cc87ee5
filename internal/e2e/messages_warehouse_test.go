package e2e

import (
	"fmt"
	"os"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/migrations"
)

// noWarehouse has a warehouse that is away, is something else, or refuses.
func (s *stage) noWarehouse() {
	s.scene("A warehouse that cannot be reached")
	s.where(s.db.Addr, s.closed, "status", "migrate")
	s.edit(s.db.Addr, s.closed)
	got := s.do("--log-level", "warn", "run")
	s.edit(s.closed, s.db.Addr)
	said := lines(got.stderr)
	got.stderr = said[0] + "\n" + said[1] + "\n" + said[len(said)-1] + "\n"
	s.note("run   # the first two lines and the last", got)

	s.scene("A warehouse that speaks something else")
	native := fmt.Sprintf("addresses: [%q]", s.db.Addr)
	for _, other := range []string{
		fmt.Sprintf("addresses: [%q]", s.db.HTTPAddr),
		fmt.Sprintf("protocol: http, addresses: [%q]", s.db.Addr),
		fmt.Sprintf("addresses: [%q], tls: {enabled: true}", s.db.Addr),
		fmt.Sprintf("protocol: http, addresses: [%q], tls: {enabled: true}", s.db.HTTPAddr),
	} {
		s.where(native, other, "status")
	}
	s.scene("A user whom it refuses")
	s.where("password: ", "username: nobody, password: ", "status")
	s.where(fmt.Sprintf("password: %q", s.db.Password), "password: wrong", "status", "migrate")
}

// noTables has tables that are missing, old, new or altered.
func (s *stage) noTables() {
	s.scene("Tables of another version")
	s.does("run", "status", "verify", "plan", "migrate status")
	s.where("database: ", "database: nowhere_", "status", "migrate status")
	for _, version := range []int{9, migrations.First(), 9999} {
		name := fmt.Sprintf("%s_%d", s.db.Name, version)
		s.sql("CREATE DATABASE "+name,
			"CREATE TABLE "+name+".schema_migrations (version Int64, dirty UInt8, sequence UInt64) "+
				"ENGINE = MergeTree ORDER BY sequence",
			fmt.Sprintf("INSERT INTO %s.schema_migrations VALUES (%d, 0, 1)", name, version))
		s.where(s.db.Name, name, "run", "migrate status")
		if version != migrations.First() { // there it would migrate
			s.where(s.db.Name, name, "migrate")
		}
		s.sql("DROP DATABASE " + name)
	}
	s.does("migrate", "migrate status")
}

// load has what goes well.
func (s *stage) load() {
	s.scene("A load")
	s.does("plan", "run", "plan", "run", "run --output json", "--log-format json run --foo",
		"explain --region MC --traffic-type total --gateway-type public --hour -12h")
	s.scene("Ctrl-C")
	s.stopped = true
	s.does("run", "simulate --listen 127.0.0.1:0")
	s.stopped = false
}

// begins has what status and verify say before and after the first load. From here on # stands for a number.
func (s *stage) begins() {
	settings := unlimited()
	settings.Growth = 0 // how late restatements come is another sentence at each time of day
	s.configureAPI(settings)
	s.scene("Before the first load")
	s.must("migrate")
	s.does("status", "verify")
	s.scene("Nothing was loaded since yesterday")
	s.must("run")
	s.advance(30 * time.Hour)
	s.does("status", "verify --from -2d")
	s.scene("All is there")
	s.must("run")
	s.does("status", "verify")
}

// gaps has what status and verify say of what is not there.
func (s *stage) gaps() {
	s.scene("The configuration asks for more than is loaded")
	s.edit("[MC]", "[MC, EU]")
	s.where("start: ", "start: 2026-01-01 # ", "status")
	s.edit("[MC, EU]", "[MC]")
	s.scene("Windows that failed")
	s.advance(time.Second) // runs are listed by their start
	away := apisim.Fault{Code: "InternalError", Message: "the database is away", RequestID: "request-of-internal"}
	if err := s.sim.AddFaults(away); err != nil {
		s.t.Fatal(err)
	}
	s.where("[MC]", "[MC, EU]", "run", "status")
	s.sim.ClearFaults()
}

// altered has a warehouse that somebody has changed by hand.
func (s *stage) altered() {
	s.scene("Views and tables that were changed by hand")
	s.sql("DROP VIEW usage_daily", "DROP VIEW flow_hourly")
	s.does("migrate status", "run --region MC", "migrate")
	s.sql("RENAME TABLE facts TO facts_away")
	s.does("run", "status")
	s.sql("RENAME TABLE facts_away TO facts")
}

// probes has what probe says.
func (s *stage) probes() {
	s.scene("What the API leaves open")
	s.does("probe")
	settings := unlimited()
	settings.DayOffset, settings.MaxSpanHourly = 0, apisim.Duration(7*24*time.Hour)
	s.configureAPI(settings)
	s.does("probe")
	s.where(s.endpoint, "http://"+s.closed, "probe")
	s.configureAPI(unlimited())
}

func (s *stage) read() string {
	data, err := os.ReadFile(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

func (s *stage) write(text string) {
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}
