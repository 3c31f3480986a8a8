package flush_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage/internal/flush"
)

func Example() {
	wake, stop := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		flush.Loop(time.Hour, wake, stop, slog.Default(), "not flushed", func(context.Context) error {
			fmt.Println("flushed")
			return nil
		})
	}()
	wake <- struct{}{}
	close(stop)
	<-done
	// Output: flushed
}

func TestLoopLogsFailures(t *testing.T) {
	var out bytes.Buffer
	wake, stop, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	errs := []error{errors.New("disk on fire"), driver.ErrClosed, nil}
	go func() {
		defer close(done)
		flush.Loop(time.Hour, wake, stop, slog.New(slog.NewTextHandler(&out, nil)), "not flushed", func(context.Context) error {
			err := errs[0]
			errs = errs[1:]
			return err
		})
	}()
	for range 3 {
		wake <- struct{}{}
	}
	close(stop)
	<-done
	assert.Empty(t, errs, "a failure does not end the loop")
	assert.Contains(t, out.String(), "disk on fire")
	assert.Equal(t, 1, bytes.Count(out.Bytes(), []byte("not flushed")), "an index that is closed is no failure")
}
