package ostorstat

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
)

// BenchmarkRecord is what statistics cost each request.
func BenchmarkRecord(b *testing.B) {
	l := openLog(b, memengine.NewIndex(), &clock{now: noon}, nil)
	entries := make([]*usage.Entry, 1000)
	for i := range entries {
		entries[i] = get(func(e *usage.Entry) { e.User = fmt.Sprint("user-", i) })
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			l.Record(entries[i%len(entries)])
		}
	})
}

// BenchmarkFlush is a flush of 1000 items.
func BenchmarkFlush(b *testing.B) {
	indexes(b, func(b *testing.B, ix driver.Index) {
		c := &clock{now: noon}
		l := openLog(b, ix, c, func(o *LogOptions) { o.Period = 1000 * time.Hour })
		for b.Loop() {
			for i := range 1000 {
				l.Record(get(func(e *usage.Entry) { e.User = fmt.Sprint("user-", i) }))
			}
			require.NoError(b, l.Flush(b.Context()))
		}
	})
}
