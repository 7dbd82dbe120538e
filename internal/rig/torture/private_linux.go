package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// privateEnv marks a process that has a mount namespace of its own.
const privateEnv = "CLEANER_TORTURE_PRIVATE"

// enterPrivate runs this program once more in a mount namespace of its own, so
// that what is mounted for a trial is seen by nobody else and vanishes with the
// process. It returns the exit code of that run, and true. In such a run, and
// where the kernel refuses one, it returns false: what needs a mount then fails
// and says so.
func enterPrivate() (code int, done bool) {
	if os.Getenv(privateEnv) != "" {
		return 0, false
	}
	runtime.LockOSThread() // the child is to die with this thread
	defer runtime.UnlockOSThread()
	for _, attr := range []*syscall.SysProcAttr{
		{Unshareflags: syscall.CLONE_NEWNS},
		{ // for those who are not root
			Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		},
	} {
		attr.Pdeathsig = syscall.SIGKILL
		cmd := exec.Command("/proc/self/exe", os.Args[1:]...) //nolint:noctx // it lives as long as this one
		cmd.Args[0] = os.Args[0]
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), privateEnv+"=1")
		cmd.SysProcAttr = attr
		err := cmd.Run()
		if _, ran := errors.AsType[*exec.ExitError](err); ran || err == nil {
			return cmd.ProcessState.ExitCode(), true
		}
	}
	return 0, false
}

// mountSmall mounts a file system of so many bytes, kept in memory, at dir.
func mountSmall(dir string, bytes int) error {
	err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, fmt.Sprintf("size=%d,mode=700", bytes))
	if err != nil {
		return fmt.Errorf("mount a small file system at %s: %w: run as root, or where users may have namespaces", dir, err)
	}
	return nil
}

// setReadOnly makes the file system at dir read-only, or writable again.
func setReadOnly(dir string, readOnly bool) error {
	flags := uintptr(syscall.MS_REMOUNT | syscall.MS_NOSUID | syscall.MS_NODEV)
	if readOnly {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, ""); err != nil {
		return fmt.Errorf("remount %s: %w", dir, err)
	}
	return nil
}

// unmount takes away what is mounted at dir.
func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }
