package warehouse

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Table runs a small query and returns the names of its columns, and its rows as text for people.
func (db *DB) Table(ctx context.Context, query string) (header []any, answer [][]any, err error) {
	err = db.run(ctx, Query{Doing: "querying the warehouse"}, func(ctx context.Context) error {
		rows, err := db.conn.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for _, name := range rows.Columns() {
			header = append(header, name)
		}
		for rows.Next() {
			row := make([]any, len(header))
			for i, t := range rows.ColumnTypes() {
				row[i] = reflect.New(t.ScanType()).Interface()
			}
			if err := rows.Scan(row...); err != nil {
				return err
			}
			for i, v := range row {
				row[i] = plain(reflect.ValueOf(v).Elem().Interface())
			}
			answer = append(answer, row)
		}
		return rows.Err()
	})
	return header, answer, err
}

// plain returns a value as text, as ClickHouse's own client shows it; a time at midnight is a date.
func plain(v any) any {
	if t, ok := v.(time.Time); ok {
		if t.Equal(t.Truncate(24 * time.Hour)) {
			return t.Format(time.DateOnly)
		}
		return t.UTC().Format(time.DateTime)
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer { // a Nullable column
		if p.IsNil() {
			return "NULL"
		}
		return plain(p.Elem().Interface())
	}
	return flow.Foreign(fmt.Sprint(v), mostCell)
}
