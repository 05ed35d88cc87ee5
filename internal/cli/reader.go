package cli

import (
	"crypto/rand"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/migrations"
)

// readerPasswordEnv is the environment variable with the password of a reader. Without it the password is random.
const readerPasswordEnv = "CLICKHOUSE_READER_PASSWORD"

// readerUser returns the reader of the embedded ClickHouse: the user that migrations.ReaderSQL creates on other
// servers.
func readerUser(l login, database string) chlocal.User {
	u := chlocal.User{Name: l.user, Password: l.password, Grants: migrations.ReaderGrants(database)}
	for _, s := range migrations.ReaderSettings() {
		u.Settings = append(u.Settings,
			chlocal.Setting{Name: s.Name, Value: s.Value, Min: s.Min, Max: s.Max, Fixed: s.Fixed()})
	}
	return u
}

// printReaderSQL prints the statements that create a reader on the configured ClickHouse. It does not connect.
func (o *options) printReaderSQL(name string) error {
	if name == "" {
		return usagef("--print-reader-sql: write the name of the user, such as --print-reader-sql analyst")
	}
	c, err := o.loadConfig()
	if err != nil {
		return err
	}
	l := o.newLogin(name, readerPasswordEnv)
	if l.variable == "" {
		o.printNote(fmt.Sprintf("password of %s, if it is new: %s (random; set %s to choose one)",
			name, l.password, readerPasswordEnv))
	}
	_, err = fmt.Fprint(o.Stdout, migrations.ReaderSQL(c.ClickHouse.Database, name, l.password, rand.Text()))
	return err
}
