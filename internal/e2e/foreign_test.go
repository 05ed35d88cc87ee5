package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// evil is what nobody should be able to make a terminal, a log or a table say.
const evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u009b32m\u202e\u2066\u200b\u00ad\x00\r\nmsg=forged level=INFO"

// onlyText fails on a text that does more than it shows, is out of bounds, or holds the key.
func onlyText(t *testing.T, where, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) {
			t.Errorf("%s holds %U: …%.200q", where, r, text[max(0, i-100):])
			break
		}
	}
	if !utf8.ValidString(text) {
		t.Errorf("%s is no UTF-8", where)
	}
	if len(text) > 100_000 {
		t.Errorf("%s has %d bytes: %.200q…", where, len(text), text)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "msg=forged") {
			t.Errorf("%s has a line that is forged", where)
			break
		}
	}
	for _, key := range []string{apisim.DefaultID, apisim.DefaultSecret} {
		if i := strings.Index(text, key); i >= 0 {
			t.Errorf("%s holds the key: …%.200q", where, text[max(0, i-100):])
		}
	}
}

// evilFaults are answers that are right and errors, with everything in them that the API chooses.
func evilFaults() []apisim.Fault {
	huge := strings.Repeat(evil, 1<<15)
	echo := "you sent " + apisim.DefaultID + " and " + apisim.DefaultSecret
	return []apisim.Fault{
		{Count: 1, Kind: apisim.FaultSlow, RequestID: "id" + evil}, {Count: 1, Kind: apisim.FaultSlow, RequestID: huge},
		{Count: 1, Kind: apisim.FaultSlow, RequestID: apisim.DefaultSecret},
		{Count: 1, Code: "Evil" + evil, Message: evil, RequestID: evil},
		{Count: 1, Code: "E" + huge, Message: huge, RequestID: huge},
		{Count: 1, Code: "InvalidParameter", Message: echo, RequestID: echo},
		{Count: 1, Code: apisim.DefaultSecret, Message: echo},
		{Count: 2, Code: "InternalError", Message: evil + echo, RequestID: huge},
		{Count: 2, Code: "RequestLimitExceeded", Message: huge, RequestID: evil},
	}
}

// What the API says is only text wherever it is shown and stored: it obeys no terminal, forges no line, fills no disk
// and gives no key back.
func TestForeignTextOfTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), one+"  max_window: {hourly: 12h}\n  max_attempts: 2\n")
	r.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	r.must("migrate")
	for _, format := range []string{"text", "json"} {
		if err := r.sim.AddFaults(evilFaults()...); err != nil {
			t.Fatal(err)
		}
		got := r.do("--log-level", "debug", "--log-format", format, "backfill", "--from", "2026-11-10", "--force")
		if got.code != 3 {
			t.Errorf("want exit 3: %.4000s", got)
		}
		onlyText(t, "the table of a backfill", got.stdout)
		onlyText(t, "the "+format+" log of a backfill", got.stderr)
		for _, line := range lines(got.stderr) {
			if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %.200q", line)
			}
		}
		for _, f := range r.sim.Faults() {
			if f.Remaining != 0 {
				t.Errorf("a fault is left: %.200q", f.Code+f.Kind)
			}
		}
		r.sim.ClearFaults()
	}
	if err := r.sim.AddFaults(apisim.Fault{
		Code: "AuthFailure.SignatureFailure" + evil, Message: evil + apisim.DefaultSecret, RequestID: evil,
	}); err != nil {
		t.Fatal(err)
	}
	if got := r.do("backfill", "--from", "2026-11-10", "--force"); got.code != 4 {
		t.Errorf("want exit 4: %.4000s", got)
	} else {
		onlyText(t, "a denied backfill", got.String())
	}
	if got := r.do("probe"); got.code != 4 {
		t.Errorf("want exit 4: %.4000s", got)
	} else {
		onlyText(t, "a denied probe", got.String())
	}
	for _, command := range []string{
		"status", "status --output json", "verify --output json", "plan", // the table of verify: see the test below
		"explain --region MC --gateway-type public --traffic-type total --hour 2026-11-10T05:00:00Z",
		"explain --region MC --gateway-type public --traffic-type total --hour 2026-11-12T05:00:00Z --output json",
	} {
		got := r.do(strings.Fields(command)...)
		if !slices.Contains([]int{0, 3, 6}, got.code) {
			t.Errorf("%s ends with %d: %s", command, got.code, got.stderr)
		}
		onlyText(t, command, got.stdout+got.stderr)
	}
	r.sim.ClearFaults()

	if err := r.sim.AddFaults(evilFaults()...); err != nil {
		t.Fatal(err)
	}
	onlyText(t, "a probe", r.do("probe").String())
	if err := r.sim.AddFaults(evilFaults()...); err != nil {
		t.Fatal(err)
	}
	r.advance(25 * time.Hour)
	w := r.watch()
	onlyText(t, "the log of schedule", w.next("msg=pass"))
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		_, text := w.get(path)
		onlyText(t, path, text)
	}
	w.stop()
	close(w.lines)
	for line := range w.lines {
		onlyText(t, "the log of schedule", line)
	}
	for table, columns := range map[string]string{
		"ledger":      "reason, request_id",
		"facts":       "request_id",
		"history":     "request_id",
		"run_states":  "reason",
		"extractions": "reason, request_id",
	} {
		onlyText(t, "table "+table, r.texts(table, columns))
	}
}

// texts are all different values of columns.
func (r *rig) texts(table, columns string) string {
	r.t.Helper()
	var text string
	query := "SELECT arrayStringConcat(groupUniqArray(concatWithSeparator(' ', " + columns + ")), '\\n') FROM " + table
	if err := r.conn.QueryRow(r.t.Context(), query).Scan(&text); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	if strings.TrimSpace(text) == "" {
		r.t.Errorf("%s of %s: nothing is there", columns, table)
	}
	return text
}

// What others wrote into the warehouse is only text where it is shown: names of accounts, reasons, and what ClickHouse
// says itself.
func TestForeignTextOfTheWarehouse(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), one)
	r.must("migrate")
	r.must("run")
	literal := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(evil) + "'"
	for table, changed := range map[string]string{
		"facts":      "concat('x', EVIL) AS account, EVIL AS request_id",
		"history":    "concat('x', EVIL) AS account, EVIL AS request_id",
		"ledger":     "concat('x', EVIL) AS account, EVIL AS request_id, repeat(EVIL, 10000) AS reason, 'failed' AS state",
		"series":     "concat('x', EVIL) AS account",
		"run_states": "EVIL AS command, repeat(EVIL, 10000) AS reason, generateUUIDv4() AS run_id",
	} {
		query := "INSERT INTO " + table + " SELECT * REPLACE (" + strings.ReplaceAll(changed, "EVIL", literal) +
			") FROM " + table
		if err := r.conn.Exec(t.Context(), query); err != nil {
			t.Fatalf("%q: %v", query, err)
		}
	}
	seen := false
	for _, command := range []string{
		"status", "status --output json", "verify", "migrate status",
		"explain --region MC --gateway-type public --traffic-type total --hour 2026-11-12T05:00:00Z", "run",
	} {
		got := r.do(strings.Fields(command)...)
		onlyText(t, command, got.String())
		seen = seen || strings.Contains(got.stdout, `x\x1b]0;owned`) || strings.Contains(got.stdout, `x\\x1b]0;owned`)
	}
	if !seen {
		t.Error("nothing shows the account: this test shows nothing")
	}

	constraint := "ALTER TABLE run_states ADD CONSTRAINT evil CHECK throwIf(command != '', " + literal + ") = 0"
	if err := r.conn.Exec(t.Context(), constraint); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		got := r.do("--log-format", format, "run")
		if got.code != 5 || !strings.Contains(got.stderr, "owned") {
			t.Errorf("want exit 5 and ClickHouse's words: %s", got)
		}
		onlyText(t, "an error of ClickHouse's", got.String())
	}

	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, strings.Repeat(evil, 1000))
	}))
	t.Cleanup(other.Close)
	r.edit(r.db.Addr+`"]`, strings.TrimPrefix(other.URL, "http://")+`"], protocol: http`)
	for _, command := range []string{"status", "run", "migrate"} {
		got := r.do(command)
		if got.code != 5 {
			t.Errorf("want exit 5: %s", got)
		}
		onlyText(t, "what is no ClickHouse, "+command, got.String())
	}
}
