package bench

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// store is just enough S3 to answer the workloads. It checks signatures.
type store struct {
	verifier auth.Verifier

	mu      sync.Mutex
	objects map[string]int
	log     map[string]int // requests by method
	fail    int            // so many requests are refused first
}

type keys struct{}

func (keys) Key(_ context.Context, accessKey string) (auth.Key, error) {
	if accessKey != "AKIAEXAMPLE" {
		return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
	}
	return auth.Key{AccessKey: accessKey, Secret: "not a secret", Principal: auth.Principal{ID: "u"}}, nil
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := s.verifier.Verify(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log[r.Method]++
	if s.fail > 0 {
		s.fail--
		http.Error(w, "slow down", http.StatusServiceUnavailable)
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/b/")
	switch size, ok := s.objects[key]; {
	case r.Method == "PUT":
		s.objects[key] = len(body)
	case r.Method == "DELETE":
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == "POST":
		var q struct{ Object []struct{ Key string } }
		if err := xml.Unmarshal(body, &q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
		for _, o := range q.Object {
			delete(s.objects, o.Key)
		}
	case r.URL.Path == "/b":
		for _, k := range s.sorted() {
			io.WriteString(w, k+"\n")
		}
	case !ok:
		http.NotFound(w, r)
	default:
		w.Write(make([]byte, size))
	}
}

func (s *store) sorted() []string {
	ks := []string{}
	for k := range s.objects {
		ks = append(ks, k)
	}
	sort.Strings(ks)
	return ks
}

func start(t *testing.T) (*store, Target) {
	t.Helper()
	s := &store{verifier: awssig.V4(keys{}, nil), objects: map[string]int{}, log: map[string]int{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, Target{Endpoint: srv.URL, Credentials: Credentials{AccessKey: "AKIAEXAMPLE", Secret: "not a secret", Region: "us-east-1"}}
}

func TestWorkloads(t *testing.T) {
	s, target := start(t)
	all := Keys{Bucket: "b", Count: 2500}
	steps := []struct {
		explanation string
		load        Load
		objects     int   // afterwards
		bytes       int64 // over the wire; -1 is any
	}{
		{"each number is uploaded once", Load{Workload: Put{all, NewBody(10)}, Clients: 7, Count: 2500}, 2500, 25_000},
		{"numbers beyond the count begin again", Load{Workload: Put{all, NewBody(10)}, Clients: 2, Count: 20, First: 2490}, 2500, 200},
		{"every object that is asked for exists", Load{Workload: Get{all}, Clients: 3, Count: 200}, 2500, 2000},
		{"a page", Load{Workload: List{Keys: all}, Count: 3}, 2500, -1},
		{"a page of groups", Load{Workload: List{Keys: all, Groups: true}, Count: 3}, 2500, -1},
		{"a page from the beginning", Load{Workload: List{Keys: all, Start: true}, Count: 3}, 2500, -1},
		{"a part of each group", Load{Workload: DeleteMany{all, 0, 400}, Count: 2}, 1700, 0},
		{"one by one", Load{Workload: Delete{all}, Clients: 2, First: 400, Count: 100}, 1600, 0},
		{"a mixture does not fail on what is gone", Load{Workload: Mixed{all, NewBody(10), 20, 5}, Clients: 4, Count: 500}, -1, -1},
	}
	for _, st := range steps {
		st.load.Target = target
		r, err := st.load.Run(t.Context())
		require.NoError(t, err, st.explanation)
		require.NoError(t, r.FirstError, st.explanation)
		assert.Zero(t, r.Failed, st.explanation)
		assert.Equal(t, st.load.Count, r.Requests, st.explanation)
		assert.Equal(t, st.load.Count, r.Latency.Count(), st.explanation)
		if st.bytes >= 0 {
			assert.Equal(t, st.bytes, r.Bytes, st.explanation)
		}
		if st.objects >= 0 {
			assert.Len(t, s.objects, st.objects, st.explanation)
		}
	}
	assert.Positive(t, s.log["PUT"])
	assert.Contains(t, s.objects, "p0002/0002499")
}

func TestLoadCountsFailures(t *testing.T) {
	s, target := start(t)
	s.fail = 3
	l := Load{Target: target, Workload: Put{Keys{Bucket: "b"}, NewBody(1)}, Count: 10}
	r, err := l.Run(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 10, r.Requests)
	assert.EqualValues(t, 3, r.Failed)
	assert.EqualValues(t, 7, r.Latency.Count(), "only what succeeded has a latency")
	assert.ErrorContains(t, r.FirstError, "503")

	l.Target.Credentials.Secret = "another"
	r, err = l.Run(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 10, r.Failed, "the signature is real")
	assert.ErrorContains(t, r.FirstError, string(auth.ErrSignatureDoesNotMatch))
}

func TestLoadEnds(t *testing.T) {
	_, target := start(t)
	work := Put{Keys{Bucket: "b"}, NewBody(1)}

	r, err := (&Load{Target: target, Workload: work, Duration: time.Millisecond}).Run(t.Context())
	require.NoError(t, err)
	assert.NoError(t, r.FirstError, "a run that ends by time lets its requests finish")

	ctx, cancel := context.WithCancel(t.Context())
	stop := workloadFunc(func(*Conn, *Scratch, int64) (int64, error) { cancel(); return 0, nil })
	_, err = (&Load{Target: target, Workload: stop, Count: 1 << 40}).Run(ctx)
	assert.ErrorIs(t, err, context.Canceled)

	_, err = (&Load{Target: target, Workload: work}).Run(t.Context())
	assert.Error(t, err, "neither count nor duration")
	_, err = (&Load{Target: target, Workload: work, Count: 1, Server: &Process{PID: 1, root: t.TempDir()}}).Run(t.Context())
	assert.Error(t, err, "no such process")
}

type workloadFunc func(*Conn, *Scratch, int64) (int64, error)

func (f workloadFunc) Do(c *Conn, s *Scratch, n int64) (int64, error) { return f(c, s, n) }

func TestLoadReconnects(t *testing.T) {
	s, target := start(t)
	// Every other request is not HTTP, so that the server closes.
	odd := workloadFunc(func(c *Conn, sc *Scratch, n int64) (int64, error) {
		if n%2 == 1 {
			_, err := c.Do(&Request{Method: "GET", Path: "/", Headers: "no header\r\n"}, nil)
			return 0, err
		}
		return Put{Keys{Bucket: "b"}, NewBody(1)}.Do(c, sc, n)
	})
	r, err := (&Load{Target: target, Workload: odd, Count: 10}).Run(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 5, r.Failed)
	assert.Len(t, s.objects, 5)
}

func TestKeys(t *testing.T) {
	k := Keys{Prefix: "x/"}
	for n, want := range map[int64]string{
		0: "x/p0000/0000000", 999: "x/p0000/0000999", 1000: "x/p0001/0001000", 9999999: "x/p9999/9999999", 123456789: "x/p123456/123456789",
	} {
		assert.Equal(t, want, string(k.appendKey(nil, n)))
	}
}

func TestNewBody(t *testing.T) {
	for size, want := range map[int64]int64{0: 0, 1: 1, 4096: 4096, 1 << 20: 1 << 20, 64<<20 + 5: 64 << 20} {
		assert.Equal(t, want, NewBody(size).Size())
	}
}

func TestResultAdd(t *testing.T) {
	a := Result{Requests: 10, Failed: 2, Bytes: 100, Elapsed: time.Second, ServerCPU: 10 * time.Millisecond}
	b := Result{Requests: 30, Bytes: 300, Elapsed: time.Second, ServerCPU: 30 * time.Millisecond}
	a.Add(&b)
	assert.InDelta(t, 19, a.Rate(), 1e-9)
	assert.InDelta(t, 200, a.Throughput(), 1e-9)
	assert.Equal(t, time.Millisecond, a.CPU())
	assert.Zero(t, (&Result{}).CPU())
}
