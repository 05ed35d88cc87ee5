// Command mnaflow extracts traffic statistics from Tencent Cloud's Multi-Network Aggregation API into ClickHouse.
//
// It owns signals and exit codes; everything else is in run, which tests call too.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "time/tzdata" // containers without a zone database
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, world{
		args: os.Args[1:], env: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr, now: time.Now,
	})
	stop()
	os.Exit(code)
}
