package warehouse_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// A row policy that hides rows from the program is found, with the statement that drops it; one for others is their
// own. Who may not see policies is not told of them, and verifies all else.
func TestRowPolicies(t *testing.T) {
	const database = "mnaflow"
	own := []string{"GRANT SELECT, INSERT ON mnaflow.*"}
	seeing := slices.Concat(own, []string{"GRANT SHOW ROW POLICIES ON *.*", "GRANT SELECT ON system.row_policies"})
	hidden := []chlocal.Rows{
		{Database: database, Table: "facts", Condition: "access_region != 'EU'"},
		{Database: database, Table: "ledger", Condition: "1"}, // it hides nothing
		{Database: database, Table: "usage_daily", Condition: "account = 'x'"},
	}
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "owner"},
		{Name: "program", Grants: seeing, Rows: hidden},
		{Name: "other", Grants: seeing},
		{Name: "blind", Grants: own, Rows: hidden},
	}})
	as := func(user string) *loadtest.Warehouse {
		config := loadtest.Config(chtest.On(server, database))
		config.Username, config.Password = user, ""
		return connect(t, config)
	}
	must(t, as("owner").Migrate(t.Context()))
	for user, want := range map[string][]string{
		"program": {
			"facts has a row policy that hides rows from this program: access_region != 'EU'",
			"DROP ROW POLICY `program` ON `mnaflow`.`facts`",
		},
		"other": nil,
		"blind": nil,
	} {
		found, err := as(user).TableFaults(t.Context())
		must(t, err)
		var got []string
		for _, f := range found {
			got = append(append(got, f.Table+" "+f.Reason), f.Repair...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("as %s: %s", user, diff)
		}
	}
}
