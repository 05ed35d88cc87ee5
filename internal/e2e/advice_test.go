package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mnaflow/mnaflow/internal/audit"
)

var (
	advisedCommand   = regexp.MustCompile(`mnaflow ((?:migrate|run|backfill(?: --\S+ [^-\s]\S*)+ --force)\b)`)
	advisedStatement = regexp.MustCompile(`(?:INSERT INTO|ALTER TABLE) .*?(?:; |$)`)
)

// follow does what findings advise, word by word: each command, then each statement.
func (r *rig) follow(findings []audit.Finding) {
	r.t.Helper()
	done := map[string]bool{}
	once := func(advice string, do func()) {
		if !done[advice] {
			done[advice] = true
			do()
		}
	}
	for _, f := range findings {
		for _, m := range advisedCommand.FindAllStringSubmatch(f.Detail, -1) {
			once(m[1], func() { r.must(strings.Fields(m[1])...) })
		}
	}
	for _, f := range findings {
		for _, statement := range advisedStatement.FindAllString(f.Detail, -1) {
			statement = strings.TrimSuffix(statement, "; ")
			once(statement, func() { r.exec(statement) })
		}
	}
}

// heal follows what verify advises until it passes, three times at most, as an operator would.
func (r *rig) heal(name string) bool {
	r.t.Helper()
	for range 3 {
		v, code := r.verify()
		if code == 0 {
			return true
		}
		r.follow(v.Failed)
	}
	v, _ := r.verify()
	if len(v.Failed) > 0 {
		r.t.Errorf("%s: the advice does not help:\n%s", name, strings.Join(sayings(v.Failed), "\n"))
	}
	return len(v.Failed) == 0
}

// Whatever verify finds, it says what to do, and whoever does that has a warehouse that passes.
func TestVerifyAdviceHelps(t *testing.T) {
	t.Parallel()
	r := newLoaded(t, 12)
	r.keepGood()
	helped, tried := 0, 0
	for _, c := range corruptions() {
		if !c.advised && !c.alone && !fullWidth() {
			continue
		}
		r.emptied()
		r.populate("main", c.damage)
		v, code := r.verify()
		hit := code == 6
		if said := sayings(v.Failed); !hit || !matched(said, c.want) {
			t.Errorf("%s: exit %d, want %s; found\n%s", c.name, code, c.want, strings.Join(said, "\n"))
		}
		tried++
		if r.heal(c.name) {
			helped++
		}
	}
	t.Logf("%d of %d advices help", helped, tried)
}

// keepGood copies the tables that corruptions touch.
func (r *rig) keepGood() {
	r.t.Helper()
	for _, table := range corruptible() {
		r.exec("CREATE TABLE good_"+table+" AS "+table, "INSERT INTO good_"+table+" SELECT * FROM "+table+" FINAL")
	}
}

func (r *rig) emptied() {
	r.t.Helper()
	for _, table := range corruptible() {
		r.exec("TRUNCATE TABLE " + table)
	}
}

func matched(said []string, want string) bool {
	return slices.ContainsFunc(said, regexp.MustCompile(want).MatchString)
}
