package e2e

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// ownPassword is that of a server of a world's own, which has to stay the same when it starts again.
const ownPassword = "of-this-world-alone"

// odd is the user who loads where the world has a server of its own.
const odd = "odd"

// start starts the server of this world.
func (s *simulated) start() *chlocal.Server {
	return chtest.Server(s.t, chlocal.Options{
		Path: s.path, Password: ownPassword, Users: []chlocal.User{{Name: odd, Password: ownPassword, Settings: s.profile}},
	})
}

// login is how a configuration names the database, and who asks.
func (s *simulated) login(c command) string {
	if s.own && c.args[0] != "migrate" {
		return "username: " + odd + ", " + credentials(s.db)
	}
	return credentials(s.db)
}

// restart ends the server of this world and starts it again; every program's way leads to it.
func (s *simulated) restart() {
	if err := s.server.Close(); err != nil {
		s.fault("stopping the server: %v", err)
	}
	s.server = s.start()
	s.db = chtest.On(s.server, s.db.Name)
	s.conn = s.db.Conn(s.t)
	for _, way := range s.ways {
		way.lead(s.db.Addr)
	}
}

// ahead lets the next pass find the warehouse's clock ahead.
func (s *simulated) ahead(d time.Duration) {
	s.wasAhead = true
	s.exec("INSERT INTO ledger (id, account, granularity, state, error_class, version) "+
		"SELECT generateUUIDv4(), 'clock', 'hourly', 'failed', 'transient', "+
		"toUInt64(toUnixTimestamp64Micro(now64(6))) + ?", d.Microseconds())
}

func (s *simulated) exec(query string, args ...any) {
	s.t.Helper()
	if err := s.conn.Exec(s.t.Context(), query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}
