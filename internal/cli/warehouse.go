package cli

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/config"
)

// passwordEnv holds the password of the user default. One that is not set is made at each start.
const passwordEnv = "CLICKHOUSE_PASSWORD"

const defaultDatabase = "mnaflow"

func newWarehouse(o *options) *cobra.Command {
	var c chlocal.Options
	var reader string
	cmd := &cobra.Command{
		Use:   "warehouse",
		Short: "Run an embedded ClickHouse (linux/amd64 with glibc)",
		Long: `Run an embedded ClickHouse in the foreground, on 127.0.0.1. The first start fetches the engine with npm (about 170 MB) into
the user's cache directory. Without --path the data go when it stops.

The user default has the password in CLICKHOUSE_PASSWORD, or one that is made at each start and printed. It may do everything
with what this server stores, and reaches no other file and no other server. --reader adds a user that can select from the
public views alone, with the password in CLICKHOUSE_READER_PASSWORD, or one that is made and printed. The views are those of
the database that the configuration file names, if there is one, else of mnaflow.

Exit codes: 0 stopped by a signal; 1 it cannot run here, or stopped by itself; 2 usage, or a taken port or path.`,
		Example: "  mnaflow warehouse --path ./clickhouse --tcp-port 9000 --http-port 8123\n" +
			"  mnaflow warehouse --path ./clickhouse --reader analyst",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			database := o.database()
			c.Progress = o.note
			admin, analyst := o.newLogin("default", passwordEnv), login{}
			c.Password = admin.password
			if cmd.Flags().Changed("reader") {
				analyst = o.newLogin(reader, readerPasswordEnv)
				c.Users = []chlocal.User{readerUser(analyst, database)}
			}
			server, err := chlocal.Start(cmd.Context(), c)
			if err != nil {
				return err
			}
			welcome(o.Stdout, server, database, admin, analyst)
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
	cmd.Flags().StringVar(&reader, "reader", "", "name of a user that can select from the public views alone")
	return cmd
}

// database is the configured one where the file is there and right, as it need not be yet.
func (o *options) database() string {
	c, err := config.Load(o.configPath, o.Env)
	if err != nil {
		return defaultDatabase
	}
	return c.ClickHouse.Database
}

// welcome says where the server answers, whom, and how to go on. A password that was made is shown; one of the environment is the user's
// secret, and only said to be there.
func welcome(out io.Writer, server *chlocal.Server, database string, admin, reader login) {
	fmt.Fprintf(out, "ClickHouse answers on %s, user default, password %s\n", server.TCPAddr(), admin.shown())
	fmt.Fprintf(out, "SQL in a browser: %s\n", playLink(server, admin, database))
	if reader.user != "" {
		fmt.Fprintf(out, "Reader %s, password %s: the views of %s alone\n", reader.user, reader.shown(), database)
	}
	fmt.Fprintf(out, "Configuration:\n  clickhouse:\n    addresses: [%q]\n    password: %s\n", server.TCPAddr(), admin.configured())
	if database != defaultDatabase {
		fmt.Fprintf(out, "    database: %s\n", database)
	}
	fmt.Fprintln(out, "Stop it with Ctrl-C.")
}

// login is a user of the embedded ClickHouse.
type login struct {
	user, password string
	variable       string // of the environment that the password is from; empty: it was made
}

// newLogin takes the password of the environment, or makes one.
func (o *options) newLogin(user, variable string) login {
	if password, _ := o.Env(variable); password != "" {
		return login{user, password, variable}
	}
	return login{user: user, password: chlocal.NewPassword()}
}

func (l login) shown() string {
	if l.variable != "" {
		return "from " + l.variable
	}
	return l.password
}

// configured is the password as the configuration file has it.
func (l login) configured() string {
	if l.variable != "" {
		return "${" + l.variable + "}"
	}
	return strconv.Quote(l.password)
}

// playLink opens ClickHouse's own page for SQL on the database, logged in if the password was made.
func playLink(server *chlocal.Server, l login, database string) string {
	in := func(name, value string) string { return name + "=" + url.QueryEscape(value) }
	parts := []string{in("user", l.user), in("password", l.password), in("database", database)}
	if l.variable != "" {
		parts = slices.Delete(parts, 1, 2)
	}
	return "http://" + server.HTTPAddr() + "/play?" + strings.Join(parts, "&")
}
