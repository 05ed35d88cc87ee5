//go:build linux && amd64 && !noembedded

package chlocal

import (
	"fmt"
	"runtime"

	"github.com/ebitengine/purego"
)

// runEngine runs `clickhouse local` with args in this process and thread, and returns when it
// ends. It ends only after a failure; the engine has then printed why.
func runEngine(library string, args []string) error {
	runtime.LockOSThread() // the engine keeps state in its thread
	defer runtime.UnlockOSThread()
	lib, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return fmt.Errorf("load the engine: %w: %s", err, ownServer)
	}
	var (
		enableSignalHandlers func(enabled bool)
		queryCmdline         func(argc int32, argv **byte) uintptr
	)
	purego.RegisterLibFunc(&enableSignalHandlers, lib, "chdb_set_signal_handlers_enabled")
	purego.RegisterLibFunc(&queryCmdline, lib, "chdb_query_cmdline")

	enableSignalHandlers(false) // signals belong to Go's runtime

	var pin runtime.Pinner
	defer pin.Unpin()
	argv := make([]*byte, len(args)+1) // ends with a null pointer
	for i, a := range args {
		c := append([]byte(a), 0)
		argv[i] = &c[0]
		pin.Pin(argv[i])
	}
	pin.Pin(&argv[0])
	queryCmdline(int32(len(args)), &argv[0])
	return fmt.Errorf("the engine ended")
}
