// Command mnaflow extracts traffic statistics from Tencent Cloud's Multi-Network Aggregation API into ClickHouse.
//
// It owns signals and exit codes; everything else is in run, which tests call too.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	_ "time/tzdata" // containers without a zone database
)

func main() {
	// A nightly job shares its machine: half the garbage for a third more CPU. Backfilling two years of all series peaked at 49 MiB instead of
	// 57 (/usr/bin/time -v mnaflow backfill, with GOGC=50 and without).
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(50)
	}
	os.Exit(interruptible(world{
		args: os.Args[1:], env: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr, now: time.Now,
	}))
}

// interruptible runs one command line until it ends or a signal asks it to.
func interruptible(w world) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	stdout := &outlet{to: w.stdout, interrupted: ctx.Done()}
	stderr := &outlet{to: w.stderr, interrupted: ctx.Done(), patience: outletPatience}
	w.stdout, w.stderr = stdout, stderr
	code := run(ctx, w)
	stdout.flush()
	stderr.flush()
	return code
}
