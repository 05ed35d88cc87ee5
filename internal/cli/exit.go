package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// usageError is a mistake in the command line or the configuration; its exit code is exit.Usage.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(err error) error { return usageError{err} }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// alreadyPrinted is a failure whose errors have been printed. It only carries the exit code.
type alreadyPrinted struct{ code int }

func (p alreadyPrinted) Error() string { return fmt.Sprintf("exit code %d", p.code) }

// finish prints an error in one line, unless that has been done, and returns its exit code.
func (o *options) finish(err error) int {
	if done, ok := errors.AsType[alreadyPrinted](err); ok {
		return done.code
	}
	code := exitCode(err)
	switch {
	case code == exit.Interrupted:
		o.printError("interrupted")
	case code == exit.Usage:
		o.printError(err.Error()) // it advises help, which reads no configuration
	case err != nil:
		o.printError(o.typed(err.Error()))
	}
	return code
}

// printError prints an error on standard error: as a line "mnaflow: …", or as a log line if logs are JSON. The two
// functions below do the same for other texts, without the prefix.
func (o *options) printError(text string) {
	if o.jsonLogs {
		o.log.Error(text) //nolint:sloglint // the message is the text that would be printed
		return
	}
	fmt.Fprintf(o.Stderr, "mnaflow: %s\n", text)
}

// printFault prints a fault of a file. The text starts with the name of the file.
func (o *options) printFault(text string) {
	if o.jsonLogs {
		o.log.Error(text) //nolint:sloglint // the message is the text that would be printed
		return
	}
	fmt.Fprintln(o.Stderr, text)
}

// printNote prints news for a person who waits, such as the progress of a download.
func (o *options) printNote(text string) {
	if o.jsonLogs {
		o.log.Info(text) //nolint:sloglint // the message is the text that would be printed
		return
	}
	fmt.Fprintln(o.Stderr, text)
}

// exitCode returns the exit code of an error, by its class.
func exitCode(err error) int {
	_, isUsage := errors.AsType[usageError](err)
	switch {
	case err == nil:
		return exit.Done
	case isUsage, errors.Is(err, chlocal.ErrPortTaken), errors.Is(err, chlocal.ErrPortUnfit),
		errors.Is(err, chlocal.ErrPathInUse), errors.Is(err, chlocal.ErrPathUnfit), errors.Is(err, chlocal.ErrUserName):
		return exit.Usage
	case flow.ClassOf(err) == flow.Warehouse:
		return exit.Warehouse
	case flow.ClassOf(err) == flow.Denied:
		return exit.Denied
	case errors.Is(err, context.Canceled):
		return exit.Interrupted
	}
	return exit.Unexpected
}
