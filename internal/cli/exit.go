package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// usageError is a mistake in the command line or the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(err error) error { return usageError{err} }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// reported is a failure that has been told already and only has a code left.
type reported struct{ code int }

func (r reported) Error() string { return fmt.Sprintf("exit code %d", r.code) }

// tell prints an error in one line and returns the exit code that it stands for.
func (o *options) tell(err error) int {
	if done, ok := errors.AsType[reported](err); ok {
		return done.code
	}
	if err != nil {
		o.complain(err.Error())
	}
	return exitCode(err)
}

// complain says on standard error what went wrong: in a line of its own, or in one of the log where logs are JSON.
func (o *options) complain(text string) {
	if o.jsonLogs {
		o.log.Error(text) //nolint:sloglint // the line that stands here otherwise
		return
	}
	fmt.Fprintf(o.Stderr, "mnaflow: %s\n", text)
}

// fault says on standard error what is wrong with a file, which the text names.
func (o *options) fault(text string) {
	if o.jsonLogs {
		o.log.Error(text) //nolint:sloglint // the line that stands here otherwise
		return
	}
	fmt.Fprintln(o.Stderr, text)
}

// note says on standard error what somebody who waits wants to know.
func (o *options) note(text string) {
	if o.jsonLogs {
		o.log.Info(text) //nolint:sloglint // the line that stands here otherwise
		return
	}
	fmt.Fprintln(o.Stderr, text)
}

func exitCode(err error) int {
	_, isUsage := errors.AsType[usageError](err)
	switch {
	case err == nil:
		return exit.Done
	case isUsage, errors.Is(err, chlocal.ErrPortTaken), errors.Is(err, chlocal.ErrPortUnfit), errors.Is(err, chlocal.ErrPathInUse),
		errors.Is(err, chlocal.ErrPathUnfit), errors.Is(err, chlocal.ErrUserName):
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
