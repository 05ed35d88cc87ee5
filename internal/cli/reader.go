package cli

import (
	"crypto/rand"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/migrations"
)

// readerPasswordEnv holds the password of a reader. One that is not set is made.
const readerPasswordEnv = "CLICKHOUSE_READER_PASSWORD"

// readerUser is for the embedded ClickHouse what migrations.ReaderSQL makes on another.
func readerUser(l login, database string) chlocal.User {
	u := chlocal.User{Name: l.user, Password: l.password, Grants: migrations.ReaderGrants(database)}
	for _, s := range migrations.ReaderSettings() {
		u.Settings = append(u.Settings, chlocal.Setting{Name: s.Name, Value: s.Value, Min: s.Min, Max: s.Max, Fixed: s.Fixed()})
	}
	return u
}

// printReaderSQL prints how to make a reader on a ClickHouse of one's own. It connects to nothing.
func (o *options) printReaderSQL(name string) error {
	if name == "" {
		return usagef("--print-reader-sql: name the user")
	}
	c, err := o.loadConfig()
	if err != nil {
		return err
	}
	l := o.newLogin(name, readerPasswordEnv)
	if l.variable == "" {
		o.note(fmt.Sprintf("password of %s, if it is new: %s (made just now; set %s for one of your own)",
			name, l.password, readerPasswordEnv))
	}
	_, err = fmt.Fprint(o.Stdout, migrations.ReaderSQL(c.ClickHouse.Database, name, l.password, rand.Text()))
	return err
}
