package cli

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/pipeline"
)

// The ports that the demo uses if they are free. The examples in the documentation use the same.
const (
	demoTCP  = 9000
	demoHTTP = 8123
	demoAPI  = 9100
)

func newDemo(o *options) *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show everything at once, with an embedded ClickHouse and API",
		Long: `Start an embedded ClickHouse and a simulated API, load 90 days of hourly and daily traffic, load again
what is due half a day later, and show the data. It needs this program and npm, which fetches ClickHouse once. The data
are deleted when it stops.

Exit codes: 0 done, or stopped by a signal; 1 the embedded ClickHouse cannot run here; otherwise as backfill.`,
		Example: "  mnaflow demo\n  mnaflow demo --once",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), o, once)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "exit at the end instead of waiting for Ctrl-C")
	return cmd
}

func demo(ctx context.Context, o *options, once bool) error {
	started := o.Now()
	say := func(format string, args ...any) { fmt.Fprintf(o.Stdout, format+"\n", args...) }

	server, err := startWarehouse(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }() // its data are temporary, so an error costs nothing
	ready := o.Now()

	ln, err := listenNear(demoAPI)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	sim := apisim.New(apisim.Options{
		SecretID: apisim.DefaultID, SecretKey: apisim.DefaultSecret, Seed: 1, Settings: apisim.DefaultSettings(),
	})
	go func() { _ = apisim.Serve(serving, ln, sim) }() // until stop

	say("ClickHouse    %s, user default, password %s", server.TCPAddr(), server.Password())
	say("simulated API http://%s\n", ln.Addr())

	c, err := demoConfig(server, "http://"+ln.Addr().String(), started)
	if err != nil {
		return err
	}
	db, err := o.openWarehouse(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	say("$ mnaflow backfill --from %s", c.Extract.Start)
	if err := o.load(ctx, c, pipeline.Order{Command: "backfill", Series: series(c)}, "table"); err != nil {
		return err
	}
	say("\n$ mnaflow run         # right after: nothing is due, so it sends no request")
	again := pipeline.Order{Command: "run", Series: series(c)}
	if err := o.load(ctx, c, again, "table"); err != nil {
		return err
	}
	say("\n$ mnaflow run         # half a day later (the demo turns its clocks):\n" +
		"                      # the last days, which are not final yet")
	const halfDay = 12 * time.Hour
	sim.SetOffset(halfDay)
	later := *o
	later.Now = func() time.Time { return o.Now().Add(halfDay) }
	if err := later.load(ctx, c, again, "table"); err != nil {
		return err
	}
	if err := tour(ctx, db, o.Stdout); err != nil {
		return err
	}
	admin := login{user: "default", password: server.Password()}
	say("\nLook around: %s", playLink(server, admin, c.ClickHouse.Database))
	say("Done in %s, of which ClickHouse took %s to get ready.",
		duration(o.Now().Sub(started)), duration(ready.Sub(started)))
	if once {
		return nil
	}
	say("Both servers run until Ctrl-C.")
	select {
	case <-ctx.Done():
		return nil
	case <-server.Done():
		return fmt.Errorf("ClickHouse stopped by itself: %w", server.Err())
	}
}

// startWarehouse starts ClickHouse on the usual ports, or on free ports if those are taken.
func startWarehouse(ctx context.Context, o *options) (*chlocal.Server, error) {
	c := chlocal.Options{
		TCPPort: demoTCP, HTTPPort: demoHTTP,
		Progress: o.printNote,
	}
	for _, port := range []*int{&c.TCPPort, &c.HTTPPort} {
		if ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port)); err != nil {
			o.printNote(fmt.Sprintf("port %d is taken: a free one is chosen instead", *port))
			*port = 0
		} else if err := ln.Close(); err != nil {
			return nil, err
		}
	}
	return chlocal.Start(ctx, c)
}

// listenNear listens on 127.0.0.1 at a port, or at a free one if that is taken.
func listenNear(port int) (net.Listener, error) {
	if ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
		return ln, nil
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// demoDays is the number of days that the demo loads.
const demoDays = 90

// demoConfig returns the default configuration with the demo's addresses, keys and start.
func demoConfig(server *chlocal.Server, endpoint string, now time.Time) (*config.Config, error) {
	file := fmt.Sprintf(`
accounts:
  - name: demo
    endpoint: %s
    credentials: {source: static, secret_id: %s, secret_key: %s}
extract:
  start: %s
clickhouse:
  addresses: ["%s"]
  password: "%s"
`, endpoint, apisim.DefaultID, apisim.DefaultSecret, now.UTC().AddDate(0, 0, -demoDays).Format(time.DateOnly),
		server.TCPAddr(), server.Password())
	return config.Parse("demo", []byte(file), func(string) (string, bool) { return "", false })
}
