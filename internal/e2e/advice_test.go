package e2e

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mnaflow/mnaflow/internal/audit"
)

var (
	advisedCommand   = regexp.MustCompile(`mnaflow ((?:migrate|run|backfill(?: --\S+ [^-\s]\S*)+ --force)\b)`)
	advisedStatement = regexp.MustCompile(`(?:INSERT INTO|ALTER TABLE|OPTIMIZE TABLE) .*?(?:; |$)`)
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
			once(m[1], func() { r.obey(strings.Fields(m[1])) })
		}
	}
	for _, f := range findings {
		for _, statement := range advisedStatement.FindAllString(f.Detail, -1) {
			statement = strings.TrimSuffix(statement, "; ")
			once(statement, func() { r.exec(statement) })
		}
	}
}

// obey runs an advised command, and again with --accept-missing if it says so: damages may have filled buckets that are
// quiet.
func (r *rig) obey(args []string) {
	r.t.Helper()
	got := r.do(args...)
	if got.code == 3 && strings.Contains(got.stderr, "--accept-missing") {
		got = r.do(append(args, "--accept-missing")...)
	}
	if got.code != 0 {
		r.t.Errorf("mnaflow %s: %s", strings.Join(args, " "), got)
	}
}

// heal follows what verify advised until it passes, four times at most, as an operator would.
func (r *rig) heal(name string, failed []audit.Finding) bool {
	r.t.Helper()
	for range 4 {
		if len(failed) == 0 {
			return true
		}
		r.follow(failed)
		v, _ := r.verify()
		failed = v.Failed
	}
	if len(failed) > 0 {
		r.t.Errorf("%s: the advice does not help:\n%s", name, strings.Join(sayings(failed), "\n"))
	}
	return len(failed) == 0
}

// Whatever verify finds, it says what to do, and whoever does that has a warehouse that passes. Usually one corruption
// of each kind of advice is tried, all at once, each in a series of its own.
func TestVerifyAdviceHelps(t *testing.T) {
	t.Parallel()
	r := newLoaded(t, 12)
	r.keepGood()
	r.exec("CREATE TABLE good_run_states AS run_states", "INSERT INTO good_run_states SELECT * FROM run_states FINAL")
	var together corruption
	var wanted []string
	for _, c := range corruptions() {
		if c.advised {
			one := c.in(len(wanted))
			together.damage, wanted = together.damage.or(one.damage), append(wanted, one.want)
		}
	}
	r.damageAndHeal("together", together.damage, wanted...)
	if !fullWidth() {
		return
	}
	for _, c := range corruptions() {
		r.damageAndHeal(c.name, c.damage, c.want)
	}
}

// damageAndHeal does a damage to what the copies hold, expects findings, and follows their advice.
func (r *rig) damageAndHeal(name string, d damage, wanted ...string) {
	r.t.Helper()
	r.emptied()
	r.exec("TRUNCATE TABLE run_states", "INSERT INTO run_states SELECT * FROM good_run_states")
	r.populate("main", d)
	v, code := r.verify()
	said := sayings(v.Failed)
	for _, want := range wanted {
		if code != 6 || !matched(said, want) {
			r.t.Errorf("%s: exit %d, want %s; found\n%s", name, code, want, strings.Join(said, "\n"))
		}
	}
	if r.heal(name, v.Failed) {
		r.t.Logf("%s: %d kinds found and healed", name, len(wanted))
	}
}

// in is the same corruption, not of MC/public/uplink but of the n-th of other series.
func (c corruption) in(n int) corruption {
	regions, gateways := []string{"MC", "AP", "EU", "AM", "ALL"}, []string{"public", "private"}
	types := []string{"uplink", "downlink", "total"}
	region, gateway, traffic := regions[n%5], gateways[n/5%2], types[n/10%3]
	old := strings.NewReplacer(
		"access_region = 'MC'", "access_region = '"+region+"'",
		"gateway_type = 'public'", "gateway_type = '"+gateway+"'",
		"traffic_type = 'uplink'", "traffic_type = '"+traffic+"'",
		"MC/public/uplink", region+"/"+gateway+"/"+traffic)
	c.want, c.damage = old.Replace(c.want), damage{gone: maps.Clone(c.damage.gone), then: slices.Clone(c.damage.then)}
	for table, where := range c.damage.gone {
		c.damage.gone[table] = old.Replace(where)
	}
	for i, statement := range c.damage.then {
		c.damage.then[i] = old.Replace(statement)
	}
	return c
}

// or is both damages, to different rows.
func (d damage) or(more damage) damage {
	out := damage{gone: map[string]string{}, then: slices.Concat(d.then, more.then)}
	for _, one := range []damage{d, more} {
		for table, where := range one.gone {
			if other, ok := out.gone[table]; ok {
				where = "(" + other + ") OR (" + where + ")"
			}
			out.gone[table] = where
		}
	}
	return out
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
