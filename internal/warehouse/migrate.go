package warehouse

import (
	"context"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/migrations"
)

// Await is Check for a load: it waits while the warehouse is away, at most five minutes.
func (db *DB) Await(ctx context.Context) error {
	return db.retry(ctx, "reading the version of the tables", db.Check)
}

// Check returns a *flow.Error of class Warehouse unless the warehouse answers and its tables are at this program's
// version. The error says which command to run.
func (db *DB) Check(ctx context.Context) error {
	version, err := db.Version(ctx)
	if err != nil {
		return err
	}
	switch latest := migrations.Latest(); {
	case version == 0:
		return flow.Fail(flow.Warehouse, "database %s has no tables of mnaflow: run mnaflow migrate, "+
			"or correct clickhouse.database", db.config.Database)
	case version < migrations.First():
		return flow.Fail(flow.Warehouse, "the tables of database %s are at version %d, which was never released: "+
			"write another clickhouse.database, run mnaflow migrate, and load again", db.config.Database, version)
	case version < latest:
		return flow.Fail(flow.Warehouse, "the tables of database %s are at version %d, this program needs %d: "+
			"run mnaflow migrate", db.config.Database, version, latest)
	case version > latest:
		return flow.Fail(flow.Warehouse, "the tables of database %s are at version %d, newer than this program's %d: "+
			"install a newer mnaflow", db.config.Database, version, latest)
	}
	return nil
}

// Version returns the number of the last migration that was applied, 0 if there are no tables or no database.
func (db *DB) Version(ctx context.Context) (int, error) {
	var version int64
	err := db.single(ctx, "reading the version of the tables", db.config.Timeout, func(ctx context.Context) error {
		err := db.conn.QueryRow(ctx, "SELECT max(version) FROM "+migrations.VersionTable).Scan(&version)
		if code := codeOf(err); code == codeUnknownTable || code == codeUnknownDatabase {
			return nil
		}
		return err
	})
	return int(version), err
}

// Migrate creates the database if it is missing, brings its tables to this program's version, makes those that somebody
// has dropped, and makes anew each view that is not as declared. It refuses a database with newer tables, or with tables
// that were never released.
func (db *DB) Migrate(ctx context.Context) error {
	outside := db.config
	outside.Database = "" // the driver cannot connect to a database that is missing
	server, err := Open(outside, db.deps)
	if err != nil {
		return err
	}
	defer server.Close()
	missing, err := server.missingDatabase(ctx, db.config.Database)
	if err != nil {
		return err
	}
	if missing { // otherwise the user does not need the right to create one
		statement := fmt.Sprintf("CREATE DATABASE IF NOT EXISTS `%s`", db.config.Database)
		if err := server.exec(ctx, "creating the database "+db.config.Database, statement); err != nil {
			return err
		}
	}
	version, err := db.Version(ctx)
	if err != nil {
		return err
	}
	if version > 0 && version < migrations.First() {
		return db.Check(ctx)
	}
	options := db.config.options()
	options.ReadTimeout = db.config.Timeout // nothing else bounds the statements of golang-migrate
	sqlDB := clickhouse.OpenDB(options)
	defer sqlDB.Close()
	if err := migrations.Up(ctx, sqlDB); err != nil {
		return db.failure(ctx, "migrating", err)
	}
	if err := db.Check(ctx); err != nil { // an older program must not replace the views of a newer one
		return err
	}
	if err := db.remakeTables(ctx); err != nil {
		return err
	}
	return db.declareViews(ctx)
}

// MissingTables lists the tables that somebody has dropped: all migrations are applied, and yet they are not there.
func (db *DB) MissingTables(ctx context.Context) ([]string, error) {
	stored, err := Select(ctx, db, Query{
		Doing: "reading the tables", SQL: "SELECT name FROM system.tables WHERE database = {database:String}",
		Values: Values{"database": db.config.Database},
	}, func(scan func(...any) error) (name string, err error) { return name, scan(&name) })
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, t := range migrations.Tables() {
		if !slices.Contains(stored, t.Name) && !slices.Contains(missing, t.Name) {
			missing = append(missing, t.Name)
		}
	}
	return missing, nil
}

// remakeTables makes the tables that somebody has dropped, without rows. Every statement of the migrations may be
// repeated (see migrations.Up).
func (db *DB) remakeTables(ctx context.Context) error {
	missing, err := db.MissingTables(ctx)
	if err != nil {
		return err
	}
	for _, t := range migrations.Tables() {
		if !slices.Contains(missing, t.Name) {
			continue
		}
		if err := db.exec(ctx, "making the table "+t.Name, t.Statement); err != nil {
			return err
		}
	}
	return nil
}
