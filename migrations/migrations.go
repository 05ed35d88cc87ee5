// Package migrations holds the warehouse's tables as numbered SQL, which brings a database forward, and its views as declarations.
//
// Invariant: each file is one statement that may run any number of times, also by two programs at once, so a migration that was cut short is
// simply run again. A file that has been released is never changed; a later one alters what it made. A view has no past: whatever differs from its
// declaration is made anew.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
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

// VersionTable is where golang-migrate keeps what has been applied.
const VersionTable = "schema_migrations"

// First is the version of the oldest tables that can be brought forward: the number of the first file. Each set that replaced one before the first
// release begins at another hundred, so that a database at a version that was never released is known by its number.
func First() int { return version(func(files []string) string { return files[0] }) }

// Latest is the version that this program's tables have: the number of the last file.
func Latest() int { return version(func(files []string) string { return files[len(files)-1] }) }

func version(of func(files []string) string) int {
	names, err := fs.Glob(files, "*.up.sql")
	if err != nil || len(names) == 0 {
		panic("migrations: no embedded files") // the build is broken
	}
	number, _, _ := strings.Cut(path.Base(of(names)), "_")
	n, err := strconv.Atoi(number)
	if err != nil {
		panic("migrations: " + err.Error())
	}
	return n
}

// Makers lists the files that make the tables which a text names, in their order.
func Makers(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	names, err := fs.Glob(files, "*.up.sql")
	if err != nil {
		panic("migrations: " + err.Error()) // the pattern stands just above
	}
	var out []string
	for _, file := range names {
		if _, made, _ := strings.Cut(strings.TrimSuffix(file, ".up.sql"), "_"); slices.Contains(words, made) {
			out = append(out, "migrations/"+file)
		}
	}
	return out
}

// Up applies every file that is missing to the database that db is connected to, which exists. It does nothing on tables that are newer.
func Up(ctx context.Context, db *sql.DB) error {
	// Left to itself, the driver makes a TinyLog table, and the second of two migrators that start together fails on it.
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

// undirty leaves out the mark that golang-migrate sets before each file. It would stay after a kill, and refuse two migrators at once; with
// statements that may be repeated there is nothing to warn of.
type undirty struct{ database.Driver }

func (u undirty) SetVersion(version int, dirty bool) error {
	if dirty {
		return nil
	}
	return u.Driver.SetVersion(version, false)
}
