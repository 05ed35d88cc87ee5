package chtest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, chtest.IgnoreServer()) }

func TestOpenGivesEachTestItsOwnDatabase(t *testing.T) {
	var gone chtest.DB
	t.Run("first", func(t *testing.T) {
		gone = chtest.Open(t)
		other := chtest.Open(t)
		if gone.Name == other.Name || gone.Addr != other.Addr {
			t.Fatalf("%+v and %+v: want two databases on one server", gone, other)
		}
		conn := gone.Conn(t)
		if err := conn.Exec(t.Context(), "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a"); err != nil {
			t.Fatal(err)
		}
		var in string
		const where = "SELECT database FROM system.tables WHERE name = 't' AND database = currentDatabase()"
		if err := conn.QueryRow(t.Context(), where).Scan(&in); err != nil || in != gone.Name {
			t.Fatalf("the table is in %q, %v; want %q", in, err, gone.Name)
		}
	})
	var left uint64
	const count = "SELECT count() FROM system.databases WHERE name = ?"
	if err := chtest.Open(t).Conn(t).QueryRow(t.Context(), count, gone.Name).Scan(&left); err != nil || left != 0 {
		t.Fatalf("%d databases left, %v", left, err)
	}
}
