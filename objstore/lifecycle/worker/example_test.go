package worker_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func Example() {
	ctx := context.Background()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	engine := memengine.New()
	st, err := objstore.Open(engine, &objstore.Options{Now: clock})
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	b, err := st.CreateBucket(ctx, objstore.BucketID{Name: "logs"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	rules := `<LifecycleConfiguration><Rule><ID>week</ID><Status>Enabled</Status><Filter/><Expiration><Days>7</Days></Expiration></Rule></LifecycleConfiguration>`
	if err := b.SetDocument(ctx, lifecycle.Document, []byte(rules)); err != nil {
		log.Fatal(err)
	}
	if _, err := b.Put(ctx, "2026-01-01", strings.NewReader("..."), nil); err != nil {
		log.Fatal(err)
	}

	now = now.AddDate(0, 0, 8)
	w := worker.New(st, engine.Index, &worker.Options{Now: clock})
	report, err := w.Run(ctx)
	fmt.Println(report.Expired, err)
	// Output: 1 <nil>
}
