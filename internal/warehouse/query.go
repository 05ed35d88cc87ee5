package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/migrations"
)

// Query is one statement with its values.
type Query struct {
	Doing string // its purpose, as errors say it: "reading the ledger"
	// SQL names tables by their bare names, and declared views as mnaflow.NAME. Each such name is replaced with the
	// view's declared query, so that the result does not depend on the view that the database has.
	SQL     string
	Values  Values
	Comment string        // for the server's query log
	Bound   time.Duration // time-out of one try; 0: the configured one
	// Patient tries again while the warehouse is away, for at most five minutes. Loads set it. Otherwise a person waits
	// for the answer, and there is one try.
	Patient bool
	// Raw leaves texts as they are, for names that go back into the warehouse. Otherwise texts are made safe to show
	// with flow.Foreign, since others may have written them. Texts of a patient query are raw too.
	Raw bool
	// Into is the table that an INSERT … SELECT fills.
	Into string
}

// Values are the parameters of a statement, by name: the server puts them in place of {name:Type}. A value is a
// string, a whole number, a time.Time (a DateTime, in seconds since 1970), or a list of strings or whole numbers.
type Values map[string]any

// parameters returns the values as the text that the server parses.
func (v Values) parameters() map[string]string {
	out := make(map[string]string, len(v))
	for name, value := range v {
		switch value := value.(type) {
		case string:
			out[name] = escape(value)
		case []string:
			quoted := make([]string, len(value))
			for i, s := range value {
				quoted[i] = strings.ReplaceAll(Quote(s), "\n", `\n`)
			}
			out[name] = "[" + strings.Join(quoted, ", ") + "]"
		case []uint32:
			out[name] = strings.ReplaceAll(fmt.Sprint(value), " ", ", ")
		case time.Time:
			out[name] = fmt.Sprintf("%010d", max(0, value.Unix())) // ClickHouse reads a shorter number as a date
		default:
			out[name] = fmt.Sprint(value)
		}
	}
	return out
}

// escape returns a text as the server parses a parameter of type String: as a value of a tab-separated file.
func escape(s string) string {
	return strings.NewReplacer(
		`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`, "\b", `\b`, "\f", `\f`,
	).Replace(s)
}

// Quote returns a text as a string literal of ClickHouse's SQL.
func Quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// Select runs a query and calls row for each of its rows. Without rows it returns an empty slice, not nil. A patient
// query that is repeated calls row again for rows that it has seen.
func Select[T any](
	ctx context.Context, db *DB, q Query, row func(scan func(...any) error) (T, error),
) (out []T, err error) {
	err = db.run(ctx, q, func(ctx context.Context) error {
		rows, err := db.conn.Query(ctx, db.sql(q.SQL))
		if err != nil {
			return err
		}
		defer rows.Close()
		out = []T{} // no rows are [] in JSON, not null
		for rows.Next() {
			v, err := row(func(to ...any) error {
				if !q.Raw && !q.Patient {
					defer foreign(to)
				}
				return rows.Scan(to...)
			})
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return rows.Err()
	})
	return out, err
}

// Exec runs a statement that returns nothing.
func (db *DB) Exec(ctx context.Context, q Query) error {
	return db.run(ctx, q, func(ctx context.Context) error {
		acknowledged := func() {}
		if q.Into != "" {
			acknowledged = db.deps.Trace.Insert(q.Into)
			// A replicated table drops a block that is equal to one inserted before, unless it has a token of its own.
			// A time zone that changes to another, back and again writes equal blocks that must count.
			token := clickhouse.Settings{"insert_deduplication_token": uuid.NewString()}
			ctx = clickhouse.Context(ctx, clickhouse.WithSettings(token))
		}
		if err := db.conn.Exec(ctx, db.sql(q.SQL)); err != nil {
			return err
		}
		acknowledged()
		return nil
	})
}

// run calls f with the query's parameters: once, or until it succeeds if the query is patient.
func (db *DB) run(ctx context.Context, q Query, f func(ctx context.Context) error) error {
	with := func(ctx context.Context) error {
		var options []clickhouse.QueryOption
		if len(q.Values) > 0 {
			options = append(options, clickhouse.WithParameters(q.Values.parameters()))
		}
		if q.Comment != "" {
			options = append(options, clickhouse.WithSettings(clickhouse.Settings{"log_comment": q.Comment}))
		}
		return f(clickhouse.Context(ctx, options...))
	}
	if q.Patient {
		return db.retry(ctx, q.Doing, with)
	}
	bound := q.Bound
	if bound == 0 {
		bound = db.config.Timeout
	}
	return db.single(ctx, q.Doing, bound, with)
}

// sql is a statement as it is sent: with the queries of declared views in place of their names, and names qualified.
func (db *DB) sql(statement string) string {
	return migrations.Qualify(migrations.Inline(statement), db.config.Database)
}

// Qualified is a table's name with its database, for statements that people run in another client.
func (db *DB) Qualified(table string) string { return db.Portable("mnaflow." + table) }

// Portable is a statement for people who run it in another client: each mnaflow.NAME has the name of the database.
func (db *DB) Portable(statement string) string {
	return migrations.Qualify(statement, db.config.Database)
}

// foreign makes the texts of a row safe to show.
func foreign(row []any) {
	for _, v := range row {
		switch v := v.(type) {
		case *string:
			*v = flow.Foreign(*v, mostCell)
		case *[][]string:
			for _, texts := range *v {
				for i := range texts {
					texts[i] = flow.Foreign(texts[i], mostCell)
				}
			}
		}
	}
}
