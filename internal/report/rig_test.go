package report_test

import (
	"testing"

	"github.com/mnaflow/mnaflow/internal/loadtest"
)

func TestMain(m *testing.M) { loadtest.Main(m) }

// Short names for what these tests use all the time.
var (
	zone, at               = loadtest.Zone, loadtest.At
	named, setting, answer = loadtest.Series, loadtest.Setting, loadtest.Answer
	newRun, write          = loadtest.NewRun, loadtest.Write
	open, must, table      = loadtest.Open, loadtest.Must, loadtest.Table
)
