package utapi_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage/utapi"
)

// model keeps metrics of one bucket in the plainest way: a record for each
// interval.
type model struct {
	sizes map[string]int64
	sums  map[int64]*interval // by number
}

type interval struct{ in, out, puts, deletes, gets, storage, objects int64 }

// at returns the record of an interval.
func (m *model) at(t time.Time) *interval {
	n := t.UnixMilli() / utapi.Interval.Milliseconds()
	if m.sums[n] == nil {
		m.sums[n] = &interval{}
		m.sums[n].storage, m.sums[n].objects = m.stored()
	}
	return m.sums[n]
}

func (m *model) stored() (bytes, objects int64) {
	for _, size := range m.sizes {
		bytes += size
	}
	return bytes, int64(len(m.sizes))
}

// list is what the protocol says of a range of intervals.
func (m *model) list(first, last int64) utapi.Metric {
	var sum interval
	var states [2]interval
	for n := int64(0); n <= last; n++ {
		i := m.sums[n]
		if i == nil {
			continue
		}
		if n <= first {
			states[0] = *i
		}
		states[1] = *i
		if n >= first {
			sum.in, sum.out = sum.in+i.in, sum.out+i.out
			sum.puts, sum.deletes, sum.gets = sum.puts+i.puts, sum.deletes+i.deletes, sum.gets+i.gets
		}
	}
	metric := utapi.Metric{
		Storage: [2]int64{states[0].storage, states[1].storage}, Objects: [2]int64{states[0].objects, states[1].objects},
		Incoming: sum.in, Outgoing: sum.out,
	}
	for _, name := range utapi.Operations() {
		n := map[string]int64{"PutObject": sum.puts, "DeleteObject": sum.deletes, "GetObject": sum.gets}[name]
		metric.Operations = append(metric.Operations, n)
	}
	return metric
}

// TestModel does random things at random times and compares the metrics of
// random ranges with the model. Flushes come late.
func TestModel(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		s := newStand(t, "1970-01-01T00:00:00", nil)
		b := s.create("photos", "alice")
		m := &model{sizes: map[string]int64{}, sums: map[int64]*interval{}}
		require.NoError(t, s.metrics.Flush(t.Context()))
		m.at(s.now)
		for range 150 {
			if rnd.IntN(3) == 0 {
				s.now = s.now.Add(time.Duration(rnd.Int64N(int64(40 * time.Minute)))).Truncate(time.Millisecond)
			}
			key := fmt.Sprint("k", rnd.IntN(4))
			switch rnd.IntN(4) {
			case 0:
				size := rnd.IntN(100)
				s.put(b, key, size)
				m.sizes[key] = int64(size)
				i := m.at(s.now)
				i.in, i.puts = i.in+int64(size), i.puts+1
				i.storage, i.objects = m.stored()
			case 1:
				if _, there := m.sizes[key]; !there {
					continue
				}
				_, err := b.Delete(s.as("DeleteObject"), objstore.DeleteRequest{Key: key})
				require.NoError(t, err)
				delete(m.sizes, key)
				i := m.at(s.now)
				i.deletes++
				i.storage, i.objects = m.stored()
			case 2:
				s.get(3)
				i := m.at(s.now)
				i.out, i.gets = i.out+3, i.gets+1
			default:
				require.NoError(t, s.metrics.Flush(t.Context()))
			}
		}
		require.NoError(t, s.metrics.Flush(t.Context()))
		compare(t, s, m, rnd)
	}
}

func compare(t *testing.T, s *stand, m *model, rnd *rand.Rand) {
	t.Helper()
	latest := s.now.UnixMilli()/utapi.Interval.Milliseconds() + 2
	for range 200 {
		first := 1 + rnd.Int64N(latest) // the bucket was created in the one before
		last := first + rnd.Int64N(latest-first+1)
		r := utapi.Range{
			Start: time.UnixMilli(first * utapi.Interval.Milliseconds()),
			End:   time.UnixMilli((last+1)*utapi.Interval.Milliseconds() - 1),
		}
		require.True(t, r.Valid())
		for level, name := range map[utapi.Level]string{utapi.Buckets: "photos", utapi.Accounts: "alice", utapi.Service: "s3"} {
			got, err := s.metrics.List(t.Context(), level, name, r)
			require.NoError(t, err)
			require.Equal(t, m.list(first, last), got, strings.Join([]string{string(level), r.Start.String(), r.End.String()}, " "))
		}
	}
}
