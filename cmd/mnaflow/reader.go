package main

import (
	"crypto/rand"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/migrations"
)

// readerPasswordEnv holds the password of a reader. One that is not set is made.
const readerPasswordEnv = "CLICKHOUSE_READER_PASSWORD"

// readerPassword is the environment's, or a new one.
func (o *options) readerPassword() (password string, made bool) {
	if password, _ = o.env(readerPasswordEnv); password != "" {
		return password, false
	}
	return chlocal.NewPassword(), true
}

// readerUser is for the embedded ClickHouse what migrations.ReaderSQL makes on another.
func readerUser(name, password, database string) chlocal.User {
	u := chlocal.User{Name: name, Password: password, Grants: migrations.ReaderGrants(database)}
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
	password, made := o.readerPassword()
	if made {
		fmt.Fprintf(o.stderr, "password of %s, if it is new: %s (made just now; set %s for one of your own)\n", name, password, readerPasswordEnv)
	}
	_, err = fmt.Fprint(o.stdout, migrations.ReaderSQL(c.ClickHouse.Database, name, password, rand.Text()))
	return err
}
