package warehouse_test

import (
	"testing"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

func TestMain(m *testing.M) { loadtest.Main(m) }

// The words that these tests use all the time.
var (
	hours, at              = loadtest.Hours, loadtest.At
	named, setting, answer = loadtest.Series, loadtest.Setting, loadtest.Answer
	runID, newRun, write   = loadtest.RunID, loadtest.NewRun, loadtest.Write
	open, connect          = loadtest.Open, loadtest.Connect
	must, table, execute   = loadtest.Must, loadtest.Table, loadtest.Execute
	dial, wantError        = loadtest.Dial, loadtest.WantError
)

// ways lead to a database of a server.
func ways(server chtest.DB) map[string]warehouse.Config {
	config := loadtest.Config(server)
	web := config
	web.Addresses, web.HTTP = []string{server.HTTPAddr}, true
	return map[string]warehouse.Config{"native": config, "HTTP": web}
}
