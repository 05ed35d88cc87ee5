package audit

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/migrations"
)

// Sent returns the statements of a verification as the server gets them, by the names of their files. A file that
// serves several statements has a suffix: sums.directions, sums.regions.
func Sent() map[string]string {
	qualified := func(table string) string { return migrations.Qualify("mnaflow."+table, "mnaflow") }
	out := map[string]string{"reach": statements.Text("reach", nil), "shifts": statements.Text("shifts", nil)}
	for _, steps := range [][]step{yearly(), whole()} {
		for _, s := range steps {
			name := s.file
			if _, ok := s.data.(sums); ok {
				name += "." + s.check
			}
			out[name] = s.statement()
		}
	}
	for _, s := range futures(qualified) {
		out["future."+s.data.(future).Table] = s.statement()
	}
	found := verdict{
		Account: "it's", Begin: time.Unix(1767225600, 0), Compared: "one = other", State: CheckFailed,
		Left: 7, Right: "NULL", Words: `a back\slash`, N: 3,
	}
	for _, m := range textParameter.FindAllStringSubmatch(strings.Join(slices.Collect(maps.Values(out)), "\n"), -1) {
		if m[1] != "check" {
			out["advice."+m[1]] = statements.Text(m[1], advice{Verify: "VERIFICATION", Clock: 1767225600000000})
		}
	}
	out["verdict"] = step{CheckViews, "", "verdict", found}.statement()
	return out
}
