//go:build linux && amd64 && !noembedded

package chlocal

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// closed says what Landlock closes to the engine.
type closed struct {
	Files   bool // all files but those that confine allows
	Network bool // all TCP ports but its own
}

// closes says what this kernel's Landlock can close, without what the options need.
func (o Options) closes() closed {
	version := o.landlock
	if version == nil {
		version = landlockVersion
	}
	return closed{
		Files:   version() >= 2, // since it lets files be moved between folders
		Network: version() >= 4 && !o.Remote,
	}
}

// missing is the warning for a kernel that cannot close everything; empty if it can.
func (c closed) missing(remote bool) string {
	switch {
	case !c.Files:
		return "this kernel has no Landlock (Linux 5.19): " +
			"whoever has ClickHouse's password can read all files of this user through SQL"
	case !c.Network && !remote:
		return "this kernel's Landlock knows no network (Linux 6.7): " +
			"whoever has ClickHouse's password can send a backup to other servers"
	}
	return ""
}

func landlockVersion() int {
	version, err := llsys.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return version
}

// confineAndRestart gives up for good what the engine does not need, and executes this program again. It returns
// only after a failure.
//
// Landlock binds the calling thread and what it starts. The exec ends all other threads of the Go runtime, so none
// stays free. The engine is not loaded yet.
func confineAndRestart(spec childSpec) error {
	runtime.LockOSThread()
	term, err := newTerminal() // now: afterwards it cannot open one
	if err != nil {
		return fmt.Errorf("open a terminal for the engine: %w", err)
	}
	closed := spec.Closed
	spec.Closed.Files, spec.Terminal = false, int(term.Fd())
	// Rules hold for a file as the kernel knows it now. Held open, /proc/self stays the same one.
	if _, err := unix.Open("/proc/self", unix.O_PATH|unix.O_DIRECTORY, 0); err != nil {
		return fmt.Errorf("open /proc/self: %w", err)
	}
	defer runtime.KeepAlive(term)
	if _, err := unix.FcntlInt(term.Fd(), unix.F_SETFD, 0); err != nil {
		return fmt.Errorf("keep the terminal: %w", err)
	}
	text, err := spec.encode()
	if err != nil {
		return err
	}
	if err := confine(spec, closed.Network); err != nil {
		return fmt.Errorf("confine the engine: %w", err)
	}
	return syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), childEnv+"="+text))
}

// interpreter loads programs that need glibc, this one among them.
const interpreter = "/lib64/ld-linux-x86-64.so.2"

// What a rule allows. No program can be executed but this one: a dictionary's source may be a command.
const (
	read    = llsys.AccessFSReadFile | llsys.AccessFSReadDir
	execute = llsys.AccessFSReadFile | llsys.AccessFSExecute
	own     = read | llsys.AccessFSWriteFile | llsys.AccessFSTruncate | llsys.AccessFSMakeReg | llsys.AccessFSMakeDir |
		llsys.AccessFSMakeSym | llsys.AccessFSRemoveFile | llsys.AccessFSRemoveDir | llsys.AccessFSRefer
)

// confine restricts the calling thread.
func confine(spec childSpec, network bool) error {
	rules := []landlock.Rule{
		landlock.PathAccess(own, spec.RunDir),
		landlock.PathAccess(own, spec.Data).IgnoreIfMissing(),                   // made by the engine, if it is in RunDir
		landlock.PathAccess(llsys.AccessFSRemoveDir, filepath.Dir(spec.RunDir)), // to remove it in the end
		landlock.PathAccess(llsys.AccessFSReadFile, spec.Library),
		landlock.PathAccess(execute, "/proc/self/exe", interpreter),
		landlock.PathAccess(read, "/proc/self"),
		landlock.PathAccess(read, "/usr/lib", "/usr/lib64", "/lib", "/lib64").IgnoreIfMissing(), // of glibc
		// How much memory, how many cores.
		landlock.PathAccess(read, "/sys/fs/cgroup", "/sys/devices/system/cpu").IgnoreIfMissing(),
		landlock.PathAccess(llsys.AccessFSReadFile, publicFiles...).IgnoreIfMissing(),
		landlock.PathAccess(llsys.AccessFSReadFile|llsys.AccessFSWriteFile, "/dev/null").IgnoreIfMissing(),
	}
	config := landlock.V11
	if !network {
		config.HandledAccessNet = 0
	} else {
		rules = append(rules, landlock.BindTCP(uint16(spec.TCPPort)), landlock.BindTCP(uint16(spec.HTTPPort)),
			landlock.ConnectTCP(uint16(spec.Checker)))
	}
	ruleset, flags, err := config.BestEffort().NewRulesetFD(rules...)
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return llsys.LandlockRestrictSelf(ruleset, flags)
}

// publicFiles are read by the engine and glibc, and are the same for every user of this machine.
var publicFiles = []string{
	"/etc/host.conf", "/etc/hosts", "/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf",
	"/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
}
