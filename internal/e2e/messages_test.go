package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/migrations"
)

const (
	messagesFile = "testdata/messages.txt"
	columns      = 80 // of a terminal
)

// Every message that a person can meet, provoked as that person does, is held in one file: to be read aloud, as
// somebody who was woken at 3 a.m. It says what happened, to what, and what to type. Results fit 80 columns; what goes
// to standard error is one line each, which the file shows after "!" as a terminal of 80 columns would.
//
// After a change of words: go test ./internal/e2e -run TestMessages -update, and read what git diff shows.
func TestMessages(t *testing.T) {
	t.Parallel()
	s := newStage(t, start, one)
	s.commandLine()
	s.configuration()
	s.secrets()
	s.ports()
	s.noWarehouse()
	s.noTables()
	if n := s.sim.Stats().Received; n != 0 {
		t.Errorf("mistakes that can be seen at once cost %d requests", n)
	}
	s.load()
	s.answers()
	s.refusals()
	s.probes()
	s.throttled()

	// The views count up to the warehouse's own time, so that numbers differ from run to run.
	for settled := -1; settled != settledHour(); { // again, if a bucket has settled meanwhile
		settled = settledHour()
		yesterday := time.Now().Add(-30 * time.Hour)
		from := yesterday.AddDate(0, 0, -9).Format(time.DateOnly)
		trust := newStage(t, yesterday, strings.Replace(one, "2026-11-10", from, 1))
		trust.masked = true
		trust.begins()
		trust.gaps()
		trust.altered()
		if settled == settledHour() {
			s.text.WriteString(trust.text.String())
		}
	}

	if *update {
		if err := os.WriteFile(messagesFile, []byte(s.text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(messagesFile)
	if err != nil {
		t.Fatalf("run the test with -update: %v", err)
	}
	if diff := cmp.Diff(lines(string(want)), lines(s.text.String())); diff != "" {
		t.Errorf("the messages are not those of %s: run the test with -update and read the change (the file -, now +)\n%s",
			messagesFile, diff)
	}
}

// stage is an installation on which messages are provoked, and the text of all that was said.
type stage struct {
	*rig
	stopped  bool   // somebody has pressed Ctrl-C already
	closed   string // an address at which nobody listens
	text     strings.Builder
	masked   bool              // numbers are shown as #, and columns without their width
	replaced map[string]string // what differs from run to run, and what stands for it
}

func settledHour() int { return time.Now().Add(-15 * time.Minute).Hour() }

func newStage(t *testing.T, now time.Time, extract string) *stage {
	t.Helper()
	s := &stage{rig: newRig(t, now, unlimited(), extract), closed: closedPort(t), replaced: map[string]string{}}
	s.rig.wait = hurry
	s.edit("requests_per_second: 20", "requests_per_second: 1000")
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	s.replace(s.config, "config.yaml", s.closed, "127.0.0.1:1", s.db.Addr, "127.0.0.1:9000",
		s.db.HTTPAddr, "127.0.0.1:8123", strings.TrimPrefix(s.endpoint, "http://"), "127.0.0.1:9100",
		s.db.Name, "mnaflow", s.db.Password, "PASSWORD", folder, "/home/me")
	return s
}

// replace makes the text show another word for one that differs from run to run.
func (s *stage) replace(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		s.replaced[pairs[i]] = pairs[i+1]
	}
}

// scene is a headline of the text.
func (s *stage) scene(format string, args ...any) {
	fmt.Fprintf(&s.text, "\n## "+format+"\n", args...)
}

// does runs commands as they would be typed and adds each to the text, with what it printed and its exit code.
func (s *stage) does(commands ...string) {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	defer stop()
	if s.stopped {
		stop()
	}
	for _, c := range commands {
		s.note(c, s.doEnv(ctx, s.env, append([]string{"--log-level", "warn"}, typed(c)...)...))
	}
}

// typed splits a command line at blanks that are not within single quotes.
func typed(command string) (words []string) {
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

// note adds a command and its result to the text.
func (s *stage) note(command string, got result) {
	s.t.Helper()
	fmt.Fprintf(&s.text, "\n$ mnaflow %s\n", s.steady(command))
	results := latency.ReplaceAllString(got.stdout, "latency           MEASURED")
	for line := range strings.Lines(results) {
		line = strings.TrimRight(line, " \n")
		if n := utf8.RuneCountInString(line); n > columns && !strings.HasPrefix(line, "{") {
			s.t.Errorf("mnaflow %s: a line of %d columns: %s", command, n, line)
		}
		fmt.Fprintln(&s.text, strings.TrimRight("  "+s.mask(s.steady(line)), " "))
	}
	said := lines(s.steady(got.stderr))
	if strings.Contains(command, "account") { // accounts work beside each other
		slices.Sort(said)
	}
	for _, line := range said {
		line = s.mask(line)
		shown := "!"
		for word := range strings.FieldsSeq(line) {
			if len([]rune(shown))+1+len([]rune(word)) > columns {
				fmt.Fprintln(&s.text, shown)
				shown = "!  "
			}
			shown += " " + word
		}
		if line != "" {
			fmt.Fprintln(&s.text, shown)
		}
	}
	if got.code != 0 {
		fmt.Fprintf(&s.text, "exit %d\n", got.code)
	}
}

// unsteady is what differs from run to run, with what the text shows instead.
var unsteady = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`time=\S+ `), ""},
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "00000000-0000-0000-0000-000000000000"},
	{regexp.MustCompile(` in [0-9.]+ s\b`), " in 0.1 s"},
	{regexp.MustCompile(`read tcp \S+->`), "read tcp 127.0.0.1:40000->"},
	{regexp.MustCompile(`127\.0\.0\.1:[1-6]\d{4}`), "127.0.0.1:9100"},
	{regexp.MustCompile(`"time":"[^"]*",`), ""},
	{regexp.MustCompile(`"program":"[^"]*"`), `"program":"v1.0.0"`},
	{regexp.MustCompile(`clock is 20m\d+s`), "clock is 20m0s"},
}

var (
	latency = regexp.MustCompile(`latency +median (.|\n)*?together`)
	digits  = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)
	ages    = regexp.MustCompile(`(#[dhm])+`)
	blanks  = regexp.MustCompile(`(\S) {2,}|──+`)
)

// mask hides numbers, if they differ from run to run.
func (s *stage) mask(line string) string {
	if !s.masked {
		return line
	}
	return blanks.ReplaceAllString(ages.ReplaceAllString(digits.ReplaceAllString(line, "#"), "#h"), "$1  ")
}

func (s *stage) steady(said string) string {
	longestFirst := slices.SortedFunc(maps.Keys(s.replaced), func(a, b string) int { return len(b) - len(a) })
	for _, word := range longestFirst {
		if word != "" {
			said = strings.ReplaceAll(said, word, s.replaced[word])
		}
	}
	for _, u := range unsteady {
		said = u.pattern.ReplaceAllString(said, u.shown)
	}
	// With each migration there is another version.
	latest := regexp.MustCompile(`(version|program's|needs) +` + strconv.Itoa(migrations.Latest()) + `\b`)
	return latest.ReplaceAllString(said, "$1 NNN")
}

// with runs commands while variables of the environment have other values.
func (s *stage) with(variables map[string]string, commands ...string) {
	s.t.Helper()
	was := s.env
	s.env = func(name string) (string, bool) {
		if v, ok := variables[name]; ok {
			return v, true
		}
		return was(name)
	}
	s.does(commands...)
	s.env = was
}

// where runs commands while the configuration differs in one place.
func (s *stage) where(old, replacement string, commands ...string) {
	s.t.Helper()
	was := s.read()
	s.edit(old, replacement)
	s.does(commands...)
	s.write(was)
}

// sql changes the warehouse as an administrator does.
func (s *stage) sql(statements ...string) {
	s.t.Helper()
	for _, statement := range statements {
		if err := s.conn.Exec(s.t.Context(), statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}
