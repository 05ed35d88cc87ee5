package report_test

import (
	"flag"
	"testing"

	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/report"
)

var update = flag.Bool("update", false, "write the files of testdata/golden instead of comparing them")

// The statements that come from templates are those in testdata/golden.
func TestGolden(t *testing.T) { loadtest.Golden(t, report.Assembled(), *update) }
