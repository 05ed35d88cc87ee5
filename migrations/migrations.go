// Package migrations holds the warehouse's tables as numbered SQL files, which bring a database forward, and its
// views as declarations.
//
// Invariant: each numbered file is one statement that may run any number of times, also by two programs at once. So
// a migration that was cut short simply runs again. A released file never changes; a later one alters what it made.
// Views have no history: one that differs from its declaration is made anew.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	"github.com/golang-migrate/migrate/v4/database/clickhouse"
	"github.com/golang-migrate/migrate/v4/source/iofs"
)

//go:embed *.up.sql
var files embed.FS

// VersionTable is where golang-migrate records which files were applied.
const VersionTable = "schema_migrations"

// First is the number of the first file: the version of the oldest tables that can be brought forward. Before the first
// release, each new set of files began at another hundred. So a lower version means tables that were never released.
func First() int { return version(names()[0]) }

// Latest is the number of the last file: the version of this program's tables.
func Latest() int { return version(names()[len(names())-1]) }

// names lists the files that make or alter tables, in the order of their numbers.
func names() []string {
	out, err := fs.Glob(files, "*.up.sql")
	if err != nil || len(out) == 0 {
		panic("migrations: no embedded files") // the build is broken
	}
	return out
}

// read returns the text of an embedded file.
func read(from embed.FS, name string) string {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		panic("migrations: " + err.Error()) // it was embedded
	}
	return string(text)
}

// version is the number that the name of a file begins with.
func version(name string) int {
	number, _, _ := strings.Cut(name, "_")
	n, err := strconv.Atoi(number)
	if err != nil {
		panic("migrations: " + err.Error())
	}
	return n
}

// Makers lists the files, in order, that make the tables named in a text, such as an error of the server.
func Makers(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var out []string
	for _, file := range names() {
		if _, made, _ := strings.Cut(strings.TrimSuffix(file, ".up.sql"), "_"); slices.Contains(words, made) {
			out = append(out, "migrations/"+file)
		}
	}
	return out
}

// Up applies the files that db's database lacks. The database must exist. It does nothing where the tables are
// newer. An error is that of the statement which failed.
func Up(ctx context.Context, db *sql.DB) error {
	// By default the driver makes a TinyLog table, on which the second of two migrators that start together fails.
	const table = "CREATE TABLE IF NOT EXISTS " + VersionTable +
		" (version Int64, dirty UInt8, sequence UInt64) ENGINE = MergeTree ORDER BY sequence" +
		" COMMENT 'Which migrations have been applied; kept by golang-migrate'"
	if _, err := db.ExecContext(ctx, table); err != nil {
		return err
	}
	source, err := iofs.New(files, ".")
	if err != nil {
		return err
	}
	driver, err := clickhouse.WithInstance(db, &clickhouse.Config{MigrationsTable: VersionTable})
	if err != nil {
		return err
	}
	m, err := migrate.NewWithInstance("iofs", source, "clickhouse", undirty{driver})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { m.GracefulStop <- true })
	defer stop()
	err = m.Up()
	var failed database.Error
	switch {
	case errors.Is(err, migrate.ErrNoChange):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return nil // the tables are newer than this program: the caller compares the versions
	case errors.As(err, &failed):
		return fmt.Errorf("applying a migration: %w", failed.OrigErr)
	case err == nil:
		return ctx.Err()
	}
	return err
}

// undirty leaves out the mark "dirty" that golang-migrate sets before each file. After a kill the mark would stay,
// and stop all later migrations until somebody removes it; it would also stop two migrators at once. The statements
// may be repeated, so there is nothing to warn about.
type undirty struct{ database.Driver }

func (u undirty) SetVersion(version int, dirty bool) error {
	if dirty {
		return nil
	}
	return u.Driver.SetVersion(version, false)
}
