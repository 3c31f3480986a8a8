package crashfs_test

import (
	"fmt"
	"io"
	"os"

	"github.com/cofferstore/coffer/internal/crashfs"
)

func Example() {
	f := crashfs.New()
	file, err := f.OpenFile("/greeting", os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.WriteString(file, "hello")
	_ = file.SyncData()

	// The name was not synced.
	_, err = f.Crash(0).OpenFile("/greeting", os.O_RDONLY, 0)
	fmt.Println(err)
	// Output: open /greeting: file does not exist
}
