package load

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// parameters gives a query its values on the server's side.
func parameters(ctx context.Context, values map[string]string) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithParameters(values))
}

// seconds writes an instant as a DateTime parameter takes it in every zone: epoch seconds.
func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// quote writes a string literal of ClickHouse's.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
