// Command mnaflow loads traffic statistics from Tencent Cloud's Multi-Network Aggregation API into ClickHouse.
//
// It passes the arguments, environment, outputs, clock and signals of the process to package cli, and exits with the
// code that cli returns. Invariant: everything else is in cli, where tests can run it.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // for containers without a time zone database

	"github.com/mnaflow/mnaflow/internal/cli"
)

func main() {
	// A nightly job shares its machine, so it trades CPU for memory: half the garbage for a third more CPU. A backfill
	// of two years of all series peaked at 49 MiB instead of 57 (/usr/bin/time -v mnaflow backfill, with GOGC=50 and
	// without).
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(50)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal kills the process
	os.Exit(cli.Run(ctx, cli.World{
		Args: os.Args[1:], Env: os.LookupEnv, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now,
	}))
}
