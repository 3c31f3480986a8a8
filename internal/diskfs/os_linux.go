package diskfs

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func syncData(f *os.File) error {
	return retry("fdatasync", f, unix.Fdatasync)
}

func syncDir(d *os.File) error { return d.Sync() }

// setDirect toggles O_DIRECT. When it is turned on, write-back of what is in
// the page cache is started, so that the final fdatasync finds it done.
func setDirect(f *os.File, on bool) error {
	return retry("fcntl", f, func(fd int) error {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != nil {
			return err
		}
		flags &^= unix.O_DIRECT
		if on {
			flags |= unix.O_DIRECT
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags); err != nil {
			return err
		}
		if on {
			// A hint: fdatasync reports what fails.
			_ = unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE)
		}
		return nil
	})
}

// retry calls fn until no signal interrupts it.
func retry(op string, f *os.File, fn func(fd int) error) error {
	for {
		err := fn(int(f.Fd()))
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return &os.PathError{Op: op, Path: f.Name(), Err: err}
		}
	}
}

func space(name string) (free, total int64, err error) {
	var st unix.Statfs_t
	for {
		err = unix.Statfs(name, &st)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: name, Err: err}
	}
	block := int64(st.Bsize)
	return int64(st.Bavail) * block, int64(st.Blocks) * block, nil
}
