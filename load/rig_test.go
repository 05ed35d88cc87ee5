package load_test

import (
	"flag"
	"os"
	"testing"

	"github.com/mnaflow/mnaflow/internal/loadtest"
)

func TestMain(m *testing.M) {
	// A check here is a batch of 60 sequences against a real warehouse. A -rapid.checks on the command line wins.
	checks := "2"
	if os.Getenv("MNAFLOW_TEST_FULL") == "1" {
		checks = "8"
	}
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	loadtest.Main(m)
}

// The words that these tests use all the time.
var (
	hours, zones, zone, at     = loadtest.Hours, loadtest.Zones, loadtest.Zone, loadtest.At
	named, setting, answer     = loadtest.Series, loadtest.Setting, loadtest.Answer
	runID, newRun, write       = loadtest.RunID, loadtest.NewRun, loadtest.Write
	open, must, table, execute = loadtest.Open, loadtest.Must, loadtest.Table, loadtest.Execute
)

const absent = loadtest.Absent
