package e2e

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// stands says what of the warehouse's is in the way, once four windows are stored, and how many tries it lasts.
func (tr *trial) stands(begin, end string, tries int) {
	tr.t.Helper()
	tr.exec(begin)
	tr.whenRetrying(func(n int, _ time.Duration) {
		if n == tries {
			tr.exec(end)
		}
	})
}

// exec runs a statement as the operator does, past the proxy.
func (tr *trial) exec(statement string) {
	tr.t.Helper()
	if err := tr.conn.Exec(tr.t.Context(), statement); err != nil {
		tr.t.Errorf("%s: %v", statement, err)
	}
}

// behindProxy puts a proxy before the warehouse.
func behindProxy(tr *trial) {
	tr.proxy = newProxy(tr.t, tr.db.Addr)
	tr.edit(tr.db.Addr, tr.proxy.addr)
}

// onServer moves the trial to a server of its own, which can be stopped and started, and puts a proxy before it.
func onServer(users ...chlocal.User) func(*trial) {
	return func(tr *trial) {
		options := chlocal.Options{Path: tr.t.TempDir(), Users: users}
		tr.server = chtest.Server(tr.t, options)
		_, port, _ := net.SplitHostPort(tr.server.TCPAddr())
		options.TCPPort, _ = strconv.Atoi(port)
		tr.restart = func() { tr.server = chtest.Server(tr.t, options) }
		options.Password = tr.server.Password()
		db := chtest.On(tr.server, tr.db.Name)
		tr.moveTo(db)
		tr.db = db
		tr.must("migrate") // or the database to connect to would not be there
		tr.conn = tr.db.Conn(tr.t)
		behindProxy(tr)
	}
}

// warehouseFaults are those of ClickHouse and of the way to it. They begin when four windows are stored and five have
// been asked for.
func warehouseFaults() []fault {
	midway := fault{place: behindProxy, stored: true, requests: exactly(9)}
	fatal := midway.with(func(f *fault) { f.exit = 5 })
	var out []fault
	for _, table := range []string{"history", "facts", "ledger"} {
		out = append(out, midway.with(func(f *fault) {
			f.name, f.retries = "reply lost after the commit of "+table, exactly(1)
			f.midway = func(tr *trial) {
				tr.exec("SYSTEM STOP MERGES " + table) // or what was inserted twice would not show
				tr.proxy.arm(table, loseReply)
			}
			f.check = func(tr *trial) {
				if n := tr.scalar("SELECT count() FROM "+table) - tr.scalar("SELECT count() FROM "+table+" FINAL"); n < 5 {
					tr.t.Errorf("%d rows of %s were inserted twice: the reply was not lost after a commit", n, table)
				}
			}
		}), midway.with(func(f *fault) {
			f.name, f.retries = "connection lost before an insert into "+table, exactly(1)
			f.midway = func(tr *trial) { tr.proxy.arm(table, loseQuery) }
		}))
	}
	out = append(out,
		fault{
			name: "warehouse down at start", place: behindProxy,
			exit: 5, retries: between(20, 30),
			says:   []string{"cannot be reached", "check that it runs, and clickhouse.addresses"},
			before: func(tr *trial) { tr.proxy.down() }, over: func(tr *trial) { tr.proxy.up() },
		},
		midway.with(func(f *fault) {
			f.name, f.retries = "warehouse down for a minute", between(9, 11)
			f.says = []string{"the warehouse is away, trying again"}
			f.midway = func(tr *trial) {
				tr.proxy.down()
				down := time.Duration(0)
				tr.whenRetrying(func(_ int, d time.Duration) {
					if down < time.Minute && down+d >= time.Minute {
						tr.proxy.up()
					}
					down += d
				})
			}
		}),
		midway.with(func(f *fault) {
			f.name, f.retries = "warehouse away when the run is over", exactly(1)
			f.says = []string{"the warehouse is away, trying again"}
			f.midway = func(tr *trial) {
				tr.proxy.arm("run_states", loseQuery)
				tr.patient = true
			}
			f.check = func(tr *trial) {
				if n := tr.ofRun("state = 'done' AND finished_at IS NOT NULL"); n != 1 {
					tr.t.Error("the run is not recorded as done")
				}
			}
		}),
		fatal.with(func(f *fault) {
			f.name, f.retries = "warehouse down for longer than its bound", between(20, 30)
			f.says = []string{"cannot be reached", "check that it runs"}
			f.midway, f.over = func(tr *trial) { tr.proxy.down() }, func(tr *trial) { tr.proxy.up() }
		}),
		fatal.with(func(f *fault) {
			f.name, f.retries, f.says = "warehouse down, and the key refused", between(20, 30), []string{"cannot be reached"}
			f.api, f.requests = []apisim.Fault{{Code: "AuthFailure.SecretIdNotFound", After: 4}}, between(4+1, 9)
			f.midway, f.over = func(tr *trial) { tr.proxy.down() }, func(tr *trial) { tr.proxy.up() }
		}),
		midway.with(func(f *fault) {
			f.name, f.place, f.retries = "warehouse restarted", onServer(), between(3, 6)
			f.midway = func(tr *trial) {
				if err := tr.server.Close(); err != nil {
					tr.t.Error(err)
				}
				tr.whenRetrying(func(n int, _ time.Duration) {
					if n == 3 {
						tr.restart()
					}
				})
			}
		}),
		fault{
			name: "user with a readonly profile", place: onServer(chlocal.User{Name: "reader", ReadOnly: true}), loaded: true,
			exit: 5, says: []string{"must not have a readonly profile"},
			before: func(tr *trial) { tr.edit("database: ", "username: reader, database: ") },
			over:   func(tr *trial) { tr.edit("username: reader, ", "") },
		},
		fault{
			name:   "user without the right to insert",
			loaded: true, exit: 5, says: []string{"grant the user what the message names"},
			place:  onServer(chlocal.User{Name: "reader", Grants: []string{"GRANT SELECT ON *.*"}}),
			before: func(tr *trial) { tr.edit("database: ", "username: reader, database: ") },
			over:   func(tr *trial) { tr.edit("username: reader, ", "") },
		},
	)
	// What the server refuses for a while: the third try succeeds, or none does and the message says what to do.
	for _, f := range []struct{ name, begin, end, code, says string }{
		{"disk full", "ALTER TABLE facts MODIFY SETTING min_free_disk_bytes_to_perform_insert = 1000000000000000",
			"ALTER TABLE facts RESET SETTING min_free_disk_bytes_to_perform_insert", "code 243",
			"make room on the server's disk"},
		{"too many parts", "ALTER TABLE facts MODIFY SETTING parts_to_throw_insert = 1",
			"ALTER TABLE facts RESET SETTING parts_to_throw_insert", "code 252", ""},
	} {
		out = append(out, midway.with(func(g *fault) {
			g.name, g.retries, g.says = f.name+" for a while", exactly(3), []string{f.code}
			g.midway = func(tr *trial) { tr.stands(f.begin, f.end, 3) }
		}), fatal.with(func(g *fault) {
			g.name, g.retries, g.says = f.name, between(20, 30), []string{f.code, f.says}
			g.midway, g.over = func(tr *trial) { tr.exec(f.begin) }, func(tr *trial) { tr.exec(f.end) }
		}))
	}
	out = append(out, midway.with(func(f *fault) {
		f.name, f.retries = "time-out in the middle of an insert", between(1, 3)
		f.says = []string{"context deadline exceeded"}
		f.before = func(tr *trial) { tr.edit("clickhouse: {", "clickhouse: {timeout: 3s, ") }
		f.midway = func(tr *trial) { tr.proxy.arm("facts", stall) }
		f.over = func(tr *trial) { tr.edit("timeout: 3s, ", "") }
	}))
	for _, f := range []struct{ name, change, back, file string }{
		{"table ledger set read-only by hand", "ALTER TABLE ledger MODIFY SETTING table_readonly = 1",
			"ALTER TABLE ledger MODIFY SETTING table_readonly = 0", ""},
		{"table facts missing", "RENAME TABLE facts TO facts_away", "RENAME TABLE facts_away TO facts", ""},
		{"table history missing", "RENAME TABLE history TO history_away", "RENAME TABLE history_away TO history",
			""},
		{"table ledger missing", "RENAME TABLE ledger TO ledger_away", "RENAME TABLE ledger_away TO ledger", ""},
		{"column of facts renamed", "ALTER TABLE facts RENAME COLUMN request_id TO request",
			"ALTER TABLE facts RENAME COLUMN request TO request_id", "0101_facts"},
		{"column of ledger renamed", "ALTER TABLE ledger RENAME COLUMN reason TO why",
			"ALTER TABLE ledger RENAME COLUMN why TO reason", "0103_ledger"},
		{"column of ledger of another type", "ALTER TABLE ledger MODIFY COLUMN failures String",
			"ALTER TABLE ledger MODIFY COLUMN failures UInt16", "0103_ledger"},
	} {
		out = append(out, fatal.with(func(g *fault) {
			if g.name, g.says = f.name, []string{"readonly mode"}; f.file != "" {
				g.says = []string{fmt.Sprintf("migrations/%s.up.sql", f.file)}
			}
			if strings.HasSuffix(f.name, "missing") {
				g.says = []string{"run mnaflow migrate, which makes it anew"}
			}
			g.midway, g.over = func(tr *trial) { tr.exec(f.change) }, func(tr *trial) { tr.exec(f.back) }
		}))
	}
	// Any table that a load writes or reads is missed before anything is asked for.
	for _, table := range []string{"facts", "history", "ledger", "series", "days", "run_states", "limits"} {
		out = append(out, fault{
			name: "table " + table + " missing at start", exit: 5, says: []string{"run mnaflow migrate, which makes it anew"},
			before: func(tr *trial) { tr.exec("RENAME TABLE " + table + " TO " + table + "_away") },
			over:   func(tr *trial) { tr.exec("RENAME TABLE " + table + "_away TO " + table) },
		})
	}
	return out
}
