package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unwrapped is what a command printed, as one line: a terminal of 80 columns breaks what it shows.
func unwrapped(printed string) string { return strings.Join(strings.Fields(printed), " ") }

// Whoever gives a configuration file by --config can type what is advised as it stands: commands name the file,
// wherever they are printed, and queries name the database.
func TestAdviceIsTypedAsItStands(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	file := filepath.Join(t.TempDir(), "the other's.yaml")
	text, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r.config = "config.yaml" // there is none
	with := func(args ...string) result { return r.do(append(args, "--config", file)...) }
	flag := " --config '" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	follow := func(got result, advice string) {
		t.Helper()
		if said := unwrapped(got.stdout + got.stderr); !strings.Contains(said, advice) {
			t.Fatalf("want the advice %q: %s", advice, got)
		}
		command := strings.TrimPrefix(strings.Replace(advice, flag, "", 1), "mnaflow ") // a shell reads the flag as file
		if got := with(strings.Fields(command)...); got.code != 0 {
			t.Errorf("%s: %s", advice, got)
		}
	}
	follow(with("status"), "mnaflow migrate"+flag)
	follow(with("verify"), "mnaflow run"+flag)

	r.exec("ALTER TABLE facts DELETE WHERE " + oneHour + " AND access_region = 'MC' SETTINGS mutations_sync = 2")
	const ended = " --from 2026-11-09T00:00:00Z --to 2026-11-10T00:00:00Z --account main --granularity hourly --force"
	shown := with("verify")
	follow(shown, "mnaflow backfill"+flag+ended)
	explained := with("explain", "--region", "MC", "--traffic-type", "total", "--gateway-type", "public",
		"--hour", "2026-11-09T03:00:00Z")
	follow(explained, "mnaflow backfill"+flag+ended)

	query := regexp.MustCompile(`SELECT \* FROM \S+ WHERE verify_id = '\S+'`).FindString(unwrapped(shown.stdout))
	if !strings.Contains(query, r.db.Name) || r.scalar("SELECT count() FROM ("+query+")") == 0 {
		t.Errorf("%q does not show the results: %s", query, shown)
	}
	r.exec("DROP VIEW usage_daily")
	follow(with("migrate", "status"), "mnaflow migrate"+flag)

	got := r.do("status", "--help")
	if !slices.Contains(strings.Fields(got.stdout), `"config.yaml")`) {
		t.Errorf("help does not name the default file: %s", got)
	}
}
