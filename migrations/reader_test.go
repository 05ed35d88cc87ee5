package migrations_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// A reader with nothing but SELECT on the views, and a profile that refuses every setting, reads all of them and no
// more. Loads need no more than SELECT and INSERT, and whoever may not write learns so.
func TestReaderReadsTheViewsAlone(t *testing.T) {
	const database = "mnaflow"
	var grants []string
	for _, v := range contractViews() {
		grants = append(grants, "GRANT SELECT ON "+database+"."+v)
	}
	server := chtest.On(chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "reader", Password: "secret", ReadOnly: true, Grants: grants},
		{Name: "watcher", Password: "secret", ReadOnly: true},
		{Name: "writer", Password: "secret", Grants: []string{"GRANT SELECT, INSERT ON " + database + ".*"}},
	}}), database)
	as := func(user, password string) *loadtest.Warehouse {
		config := loadtest.Config(server)
		config.Username, config.Password = user, password
		return loadtest.Connect(t, config)
	}
	must(t, as("default", server.Password).Migrate(t.Context()))
	all := server.Conn(t)

	s, now, writer := named("main", flow.Hourly, flow.Uplink), loadtest.Now(t, all), as("writer", "secret")
	begin := hours.Floor(now.AddDate(0, 0, -1))
	must(t, writer.Configure(t.Context(), []flow.Setting{setting(s, begin, hours.Zone(), 0)}, now))
	_, err := writer.Clock(t.Context())
	must(t, err)
	write(t, writer, runID(1), answer(s, hours, begin, 1, now, false, 5, absent, 7))
	write(t, writer, runID(1), answer(s, hours, begin, 2, now, false, 5, 6, absent))
	must(t, writer.Record(t.Context(), flow.Run{ID: runID(1), Started: now, State: flow.RunDone}, now))

	reader := loadtest.Dial(t, server.Addr, "reader", "secret", database)
	want := map[string]uint64{
		"usage_hourly": 2, "usage_hourly_filled": 3, "usage_daily": 0, "usage_daily_as_of": 0,
		"flow_hourly": 2, "flow_hourly_as_of": 2, "flow_daily": 0, "flow_daily_as_of": 0,
		"flow_revisions": 2, "flow_coverage": 1, "flow_gaps": 1, "runs": 1, "extractions": 2, "data_checks": 0,
	}
	for _, view := range contractViews() {
		var got uint64
		query := "SELECT count() FROM (SELECT * FROM " + loadtest.Readable(view) + ")"
		if err := reader.QueryRow(t.Context(), query).Scan(&got); err != nil || got != want[view] {
			t.Errorf("%s: %d rows, %v; want %d", view, got, err, want[view])
		}
	}
	for _, name := range table(t, all, "SELECT name FROM system.tables WHERE database = currentDatabase()") {
		if slices.Contains(contractViews(), name) {
			continue
		}
		err := reader.Exec(t.Context(), "SELECT * FROM "+name)
		if e, ok := errors.AsType[*clickhouse.Exception](err); !ok || e.Code != 497 {
			t.Errorf("%s: %v, want code 497, not enough privileges", name, err)
		}
	}

	for _, name := range []string{"reader", "watcher"} {
		err := as(name, "secret").Record(t.Context(), flow.Run{ID: runID(2), Started: now}, now)
		loadtest.WantError(t, name, err, "readonly")
	}
	for name, password := range map[string]string{"reader": "wrong", "nobody": ""} {
		advice := []string{"refused user " + name, "check clickhouse.username and clickhouse.password"}
		loadtest.WantError(t, name, as(name, password).Check(t.Context()), advice...)
		loadtest.WantError(t, name, as(name, password).Migrate(t.Context()), advice...)
	}
}
