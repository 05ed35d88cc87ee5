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
	Doing string // what it is for, as errors say it: "reading the ledger"
	// SQL names tables as they are, and declared views as mnaflow.NAME: the declared query stands in place of each, so
	// that nothing depends on what the database has under that name.
	SQL     string
	Values  Values
	Comment string        // in the server's query log
	Bound   time.Duration // of one try; 0: the configured time-out
	// Patient waits while the warehouse is away, within five minutes: for loads. Otherwise somebody waits for the
	// answer, or to be told that there is none, and there is one try.
	Patient bool
	// Raw leaves texts as they are: they go back into the warehouse, and names have to stay what they are. Otherwise
	// texts come as flow.Foreign makes them: others may have written them into the warehouse, and people read them.
	Raw bool
	// Into is the table that an INSERT … SELECT fills.
	Into string
}

// Values are the parameters of a statement, by name; the server puts them in place of {name:Type}. They are strings,
// whole numbers, times (a DateTime, as epoch seconds) and lists of strings.
type Values map[string]any

// parameters writes values as the server parses them.
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
		case time.Time:
			out[name] = fmt.Sprintf("%010d", max(0, value.Unix())) // with fewer digits a DateTime takes no number
		default:
			out[name] = fmt.Sprint(value)
		}
	}
	return out
}

// escape writes a text as a parameter of type String is parsed: as a value of a tab-separated file.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`, "\b", `\b`, "\f", `\f`).Replace(s)
}

// Quote writes a text as a literal of ClickHouse's SQL.
func Quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// Select runs a query and scans each of its rows. row may see a row again where the query is patient.
func Select[T any](ctx context.Context, db *DB, q Query, row func(scan func(...any) error) (T, error)) (out []T, err error) {
	err = db.run(ctx, q, func(ctx context.Context) error {
		rows, err := db.conn.Query(ctx, db.sql(q.SQL))
		if err != nil {
			return err
		}
		defer rows.Close()
		out = []T{} // no rows are an empty list in JSON too
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
			// Without a token of its own a replicated table takes rows that were inserted before for a repetition, and
			// drops them: there and back and there again are the same rows.
			ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": uuid.NewString()}))
		}
		if err := db.conn.Exec(ctx, db.sql(q.SQL)); err != nil {
			return err
		}
		acknowledged()
		return nil
	})
}

// run executes the statement of f once, or until the warehouse takes it.
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

// sql is a statement as the server takes it: declared views in place of their names, and names qualified.
func (db *DB) sql(statement string) string {
	return migrations.Qualify(migrations.Inline(statement), db.config.Database)
}

// Qualified is a table's name with that of its database, for statements that people run elsewhere.
func (db *DB) Qualified(table string) string {
	return migrations.Qualify("mnaflow."+table, db.config.Database)
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
