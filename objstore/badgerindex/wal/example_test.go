package wal_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
)

func Example() {
	dir, err := os.MkdirTemp("", "wal")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	open := func() *wal.Log {
		l, err := wal.Open(filepath.Join(dir, "log"), nil)
		if err != nil {
			panic(err)
		}
		return l
	}

	l := open()
	var r wal.Record
	handle := r.Set([]byte("photo"), []byte("many bytes"))
	if _, err := l.Prepare(r.Len()); err != nil {
		panic(err)
	}
	base, err := l.Append(1, &r) // on disk when it returns
	if err != nil {
		panic(err)
	}
	value, err := l.Value(base.Pointer(handle, []byte("many bytes")))
	fmt.Println(string(value), err)

	l = open() // as after a crash
	err = l.Replay(func(version uint64, entries []wal.Entry) error {
		fmt.Println(version, string(entries[0].Key), string(entries[0].Value))
		return nil
	})
	fmt.Println(err, l.Close())
	// Output:
	// many bytes <nil>
	// 1 photo many bytes
	// <nil> <nil>
}
