// Command mnaflow loads traffic statistics from Tencent Cloud's Multi-Network Aggregation API into ClickHouse.
//
// It hands the process over to package cli: its arguments, environment, outputs and clock, and the signals that
// interrupt it. What cli returns is the exit code.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // containers without a zone database

	"github.com/mnaflow/mnaflow/internal/cli"
)

func main() {
	// A nightly job shares its machine: half the garbage for a third more CPU. Backfilling two years of all series
	// peaked at 49 MiB instead of 57 (/usr/bin/time -v mnaflow backfill, with GOGC=50 and without).
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(50)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(cli.Run(ctx, cli.World{
		Args: os.Args[1:], Env: os.LookupEnv, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now,
	}))
}
