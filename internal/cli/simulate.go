package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

func newSimulate(o *options) *cobra.Command {
	var listen, at, overrides string
	settings := apisim.DefaultSettings()
	sim := apisim.Options{Settings: settings} // New panics on settings that Configure refuses
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run a local stand-in for the API",
		Long: `Run a local stand-in for the API. It verifies signatures, throttles, and answers with plausible traffic;
the same seed always gives the same traffic. Behaviour that the vendor's page leaves open is a setting, at the start
with --set, later on /control/settings. Faults, restatements, the clock and the truth are on /control/faults,
/control/restatements, /control/now and /control/truth.

Exit codes: 0 stopped by a signal; 2 usage, or a taken port.`,
		Example: `  mnaflow simulate --listen 127.0.0.1:9100
  mnaflow simulate --set '{"latency":"150ms","max_span_hourly":"168h"}'
  curl -X POST 127.0.0.1:9100/control/faults \
      -d '{"code":"InternalError","count":3}'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sim.Wall = o.Now
			if overrides != "" {
				strict := json.NewDecoder(strings.NewReader(overrides))
				strict.DisallowUnknownFields()
				if err := strict.Decode(&settings); err != nil {
					return usagef("--set: %w; write JSON like {\"latency\":\"150ms\"}, "+
						"with the keys that GET /control/settings shows", err)
				}
			}
			s := apisim.New(sim)
			if err := s.Configure(settings); err != nil {
				return usagef("--set: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
			}
			if at != "" {
				now, err := time.Parse(time.RFC3339, at)
				if err != nil {
					return usagef("--now %q: write RFC 3339, like 2026-01-31T12:00:00Z", at)
				}
				s.SetNow(now)
			}
			ln, err := listenOn("--listen", listen)
			if err != nil {
				return err
			}
			fmt.Fprintf(o.Stdout, "the simulated API answers on http://%s; stop it with Ctrl-C\n"+
				"  endpoint: http://%[1]s\n  TENCENTCLOUD_SECRET_ID=%s\n  TENCENTCLOUD_SECRET_KEY=%s\n",
				ln.Addr(), sim.SecretID, sim.SecretKey)
			return apisim.Serve(cmd.Context(), ln, s)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:9100", "address to listen on; port 0 takes a free one")
	f.StringVar(&sim.SecretID, "secret-id", apisim.DefaultID, "key that it accepts")
	f.StringVar(&sim.SecretKey, "secret-key", apisim.DefaultSecret, "secret of the key; do not use a real one here")
	f.Uint64Var(&sim.Seed, "seed", 1, "seed of the traffic")
	f.StringVar(&at, "now", "", "stop the clock of the data at this instant (RFC 3339; default it runs)")
	f.StringVar(&overrides, "set", "", "settings that differ from the defaults, as JSON")
	return cmd
}

// listenOn listens on the address that an option or configuration key holds. Errors are usageErrors that name it.
func listenOn(option, address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, usagef("%s %s is taken by another program: choose another port there, or port 0 for a free one",
			option, address)
	}
	if err != nil {
		return nil, usagef("%s %s: %w; write a host of this machine and a port, such as 127.0.0.1:9100",
			option, address, err)
	}
	return ln, nil
}
