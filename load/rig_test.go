package load_test

import (
	"flag"
	"testing"

	"github.com/mnaflow/mnaflow/internal/loadtest"
)

func TestMain(m *testing.M) {
	// A check here is a batch of sequences against a real warehouse. A -rapid.checks on the command line wins.
	if err := flag.Set("rapid.checks", "4"); err != nil {
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
