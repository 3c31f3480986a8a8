package datadir_test

import (
	"fmt"
	"os"

	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/objstore"
)

func Example() {
	tmp, err := os.MkdirTemp("", "coffer")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(tmp)
	dir, err := datadir.Open(tmp, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	st, err := objstore.Open(dir.Engine(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(st.Close())
	// Output: <nil>
}
