package worker_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func Example() {
	expired, err := expireLogs(context.Background())
	fmt.Println(expired, err)
	// Output: 1 <nil>
}

// expireLogs writes an object that expires after a week, and lets eight days go
// by.
func expireLogs(ctx context.Context) (int64, error) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	engine := memengine.New()
	st, err := objstore.Open(engine, &objstore.Options{Now: clock, SweepEvery: -1})
	if err != nil {
		return 0, err
	}
	defer st.Close()
	b, err := st.CreateBucket(ctx, objstore.BucketID{Name: "logs"}, nil)
	if err != nil {
		return 0, err
	}
	rules := `<LifecycleConfiguration><Rule><ID>week</ID><Status>Enabled</Status><Filter/><Expiration><Days>7</Days></Expiration></Rule></LifecycleConfiguration>`
	if err := b.SetDocument(ctx, lifecycle.Document, []byte(rules)); err != nil {
		return 0, err
	}
	if _, err := b.Put(ctx, "2026-01-01", strings.NewReader("..."), nil); err != nil {
		return 0, err
	}

	now = now.AddDate(0, 0, 8)
	report, err := worker.New(st, engine.Index, &worker.Options{Now: clock}).Run(ctx)
	return report.Expired, err
}
