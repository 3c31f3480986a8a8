package fileblobs_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
)

func Example() {
	if err := example(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: hello, blob
}

func example(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "blobs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	blobs, err := fileblobs.Open(dir, nil)
	if err != nil {
		return err
	}
	id := driver.BlobID(uuid.Must(uuid.NewV7()))
	w, err := blobs.Create(ctx, id)
	if err != nil {
		return err
	}
	defer w.Abort() // does nothing once Commit has succeeded
	if _, err := io.WriteString(w, "hello, blob"); err != nil {
		return err
	}
	if err := w.Commit(); err != nil {
		return err
	}

	r, err := blobs.Open(ctx, id)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(os.Stdout, io.NewSectionReader(r, 0, r.Size()))
	return err
}
