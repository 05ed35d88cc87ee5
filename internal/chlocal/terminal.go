//go:build linux && amd64 && !noembedded

package chlocal

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newTerminal puts a pseudo-terminal on standard input and returns its other end, which has to
// stay open.
func newTerminal() (*os.File, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("unlock it: %w", err), master.Close())
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask its number: %w", err), master.Close())
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, errors.Join(err, master.Close())
	}
	if err := unix.Dup2(int(slave.Fd()), 0); err != nil {
		return nil, errors.Join(err, slave.Close(), master.Close())
	}
	return master, slave.Close()
}
