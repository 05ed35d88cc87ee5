package e2e

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// grantsOf returns the grants that the documentation gives to a user, without the user.
func grantsOf(t *testing.T, user string) []string {
	t.Helper()
	var out []string
	for _, block := range fenced(t, "../../docs/operate.md", "sql") {
		for statement := range strings.SplitSeq(block, ";") {
			if grant, found := strings.CutSuffix(strings.TrimSpace(statement), " TO "+user); found {
				out = append(out, grant)
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("docs/operate.md grants nothing to %s", user)
	}
	return out
}

// The grants that the documentation lists are enough for everything, and each is needed.
func TestDocumentedGrants(t *testing.T) {
	t.Parallel()
	admin, program := grantsOf(t, "mnaflow_admin"), grantsOf(t, "mnaflow")
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	create := regexp.MustCompile("`(GRANT CREATE DATABASE ON mnaflow\\.\\*)` too").FindSubmatch(text)
	if create == nil {
		t.Fatal("docs/operate.md does not say which grant creates the database")
	}
	users := []chlocal.User{
		{Name: "creator", Grants: append([]string{string(create[1])}, admin...)},
		{Name: "admin", Grants: admin}, {Name: "program", Grants: program},
	}
	for i := range admin {
		users = append(users, chlocal.User{
			Name: fmt.Sprintf("admin_without_%d", i), Grants: append([]string{string(create[1])}, without(admin, i)...),
		})
	}
	for i := range program {
		users = append(users, chlocal.User{Name: fmt.Sprintf("program_without_%d", i), Grants: without(program, i)})
	}
	server := chtest.Server(t, chlocal.Options{Users: users})
	r := newRigOn(t, chtest.On(server, "default"), start, unlimited(), few)
	as := func(user string) { r.as(user, "mnaflow") }
	as("admin")
	if got := r.do("migrate"); got.code != 5 || !strings.Contains(got.stderr, "CREATE DATABASE") {
		t.Errorf("without the right to create a database: %s", got)
	}
	as("creator")
	r.must("migrate")
	as("admin")
	r.must("migrate")
	as("program")
	all := [][]string{
		{"migrate", "status"}, {"plan"}, {"run"}, {"backfill", "--from", "2026-11-17", "--force"}, {"status"}, {"verify"},
		{"explain", "--region", "MC", "--traffic-type", "total", "--gateway-type", "public", "--day", "2026-11-16"},
	}
	for _, command := range all {
		if got := r.do(command...); got.code != 0 {
			t.Errorf("mnaflow %s: %s", strings.Join(command, " "), got)
		}
	}
	// Each is needed. A grant of several privileges is one thing that an operator writes.
	for i, grant := range program {
		as(fmt.Sprintf("program_without_%d", i))
		if !slices.ContainsFunc([][]string{{"run"}, {"verify"}}, func(command []string) bool {
			return r.do(command...).code == 5
		}) {
			t.Errorf("%s is not needed", grant)
		}
	}
	for i, grant := range admin {
		as(fmt.Sprintf("admin_without_%d", i))
		if err := r.conn.Exec(t.Context(), "DROP DATABASE IF EXISTS mnaflow SYNC"); err != nil {
			t.Fatal(err)
		}
		if got := r.do("migrate"); got.code != 5 {
			t.Errorf("%s is not needed: %s", grant, got)
		}
	}
}

func without(grants []string, i int) []string { return slices.Delete(slices.Clone(grants), i, i+1) }
