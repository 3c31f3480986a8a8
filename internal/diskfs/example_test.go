package diskfs_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cofferstore/coffer/internal/diskfs"
)

func Example() {
	dir, err := os.MkdirTemp("", "diskfs")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	var fs diskfs.FS = diskfs.OS{}
	f, err := fs.OpenFile(filepath.Join(dir, "note"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	_, werr := f.Write([]byte("kept"))
	fmt.Println(werr, f.SyncData(), f.Close(), fs.SyncDir(dir)) // now it survives a loss of power
	// Output: <nil> <nil> <nil> <nil>
}
