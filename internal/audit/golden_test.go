package audit_test

import (
	"flag"
	"testing"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

var update = flag.Bool("update", false, "write the files of testdata/golden instead of comparing them")

func TestMain(m *testing.M) { loadtest.Main(m) }

// The statements of a verification are those in testdata/golden.
func TestGolden(t *testing.T) {
	loadtest.Golden(t, audit.Sent(), *update, "drift", "results")
}
