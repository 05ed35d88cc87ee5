package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/chlocal"
)

func newWarehouse(o *options) *cobra.Command {
	var c chlocal.Options
	cmd := &cobra.Command{
		Use:   "warehouse",
		Short: "Run an embedded ClickHouse in the foreground (linux/amd64 with glibc)",
		Long: `Run an embedded ClickHouse in the foreground, on 127.0.0.1 and without a password. The first start fetches the engine
with npm (about 170 MB) into the user's cache directory. Without --path the data go when it stops.

Exit codes: 0 stopped by a signal; 1 it cannot run here, or stopped by itself; 2 usage, or a taken port or path.`,
		Example: "  mnaflow warehouse --path ./clickhouse --tcp-port 9000 --http-port 8123",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Progress = func(msg string) { fmt.Fprintln(o.stderr, msg) }
			server, err := chlocal.Start(cmd.Context(), c)
			if err != nil {
				return err
			}
			fmt.Fprintf(o.stdout, "ClickHouse answers on %s (native: clickhouse.addresses) and http://%s/play; stop it with Ctrl-C\n", server.TCPAddr(), server.HTTPAddr())
			select {
			case <-cmd.Context().Done():
				return server.Close()
			case <-server.Done():
				return fmt.Errorf("ClickHouse stopped by itself: %w", server.Err())
			}
		},
	}
	cmd.Flags().StringVar(&c.Path, "path", "", "directory that keeps the data (default a temporary one)")
	cmd.Flags().IntVar(&c.TCPPort, "tcp-port", 0, "port of the native protocol (default a free one)")
	cmd.Flags().IntVar(&c.HTTPPort, "http-port", 0, "port of HTTP (default a free one)")
	return cmd
}
