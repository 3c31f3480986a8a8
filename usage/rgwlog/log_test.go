package rgwlog_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

var hour = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func quiet(dir string) *rgwlog.Options {
	return &rgwlog.Options{Dir: dir, FlushEvery: -1, SyncEvery: -1}
}

func open(t testing.TB, ix driver.Index, o *rgwlog.Options) *rgwlog.Log {
	t.Helper()
	l, err := rgwlog.Open(t.Context(), ix, o)
	require.NoError(t, err)
	return l
}

// get is a GET of 100 bytes from alice's bucket by alice.
func get(change func(*usage.Entry)) *usage.Entry {
	e := &usage.Entry{Start: hour.Add(90 * time.Second), Status: 200, BytesSent: 100, Category: "get_obj", Bucket: "photos", Owner: "alice", User: "alice"}
	if change != nil {
		change(e)
	}
	return e
}

func show(t testing.TB, l *rgwlog.Log, q rgwlog.Query) rgwlog.Report {
	t.Helper()
	r, err := l.Show(t.Context(), q)
	require.NoError(t, err)
	return r
}

func TestWhereItCounts(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*usage.Entry)
		want   string // user/bucket/owner/payer/category: ops successful
	}{
		{"the owner's own", nil, "alice/photos/alice//get_obj: 1 1"},
		{"a stranger's request is charged to the owner", func(e *usage.Entry) { e.User = "bob" }, "alice/photos/alice//get_obj: 1 1"},
		{"an anonymous one too", func(e *usage.Entry) { e.User = "" }, "alice/photos/alice//get_obj: 1 1"},
		{"the requester pays", func(e *usage.Entry) { e.User, e.Payer = "bob", "bob" }, "bob/photos/alice/bob/get_obj: 1 1"},
		{"a failure", func(e *usage.Entry) { e.Status = 403 }, "alice/photos/alice//get_obj: 1 0"},
		{"304 is a success", func(e *usage.Entry) { e.Status = 304 }, "alice/photos/alice//get_obj: 1 1"},
		{"what is not there is filed under -", func(e *usage.Entry) { e.Status = 404 }, "alice/-/alice//get_obj: 1 0"},
		{"a bucket that is not there is the caller's", func(e *usage.Entry) { e.Status, e.Owner, e.User = 404, "", "bob" }, "bob/-/bob//get_obj: 1 0"},
		{"a name that nobody has does not become a row", func(e *usage.Entry) { e.Status, e.Owner, e.Bucket = 400, "", "made-up" }, "alice/-/alice//get_obj: 1 0"},
		{"a new bucket has no owner yet", func(e *usage.Entry) { e.Owner, e.Category = "", "create_bucket" }, "alice/photos/alice//create_bucket: 1 1"},
		{"no bucket", func(e *usage.Entry) { e.Owner, e.Bucket, e.Category = "", "", "list_buckets" }, "alice//alice//list_buckets: 1 1"},
		{"the tenant is the user's", func(e *usage.Entry) { e.Owner, e.Bucket = "acme$x", "acme:photos" }, "acme$x/photos/acme$x//get_obj: 1 1"},
		{"nobody pays", func(e *usage.Entry) { e.Owner, e.User, e.Bucket = "", "", "" }, ""},
		{"it is not known what was asked", func(e *usage.Entry) { e.Category = "" }, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := open(t, memengine.New().Index, quiet(""))
			l.Record(get(c.change))
			assert.Equal(t, c.want, strings.Join(lines(show(t, l, rgwlog.Query{})), "\n"))
			require.NoError(t, l.Close(t.Context()))
		})
	}
}

// lines are the entries of a report, one a category.
func lines(r rgwlog.Report) (list []string) {
	for _, u := range r.Entries {
		for _, b := range u.Buckets {
			for _, c := range b.Categories {
				list = append(list, fmt.Sprintf("%s/%s/%s/%s/%s: %d %d", u.User, b.Bucket, b.Owner, b.Payer, c.Category, c.Ops, c.SuccessfulOps))
			}
		}
	}
	return list
}

// TestShape compares with the recorded answer of a Ceph gateway to
// GET /admin/usage?uid=acme$lab-tenant.
func TestShape(t *testing.T) {
	l := open(t, memengine.New().Index, quiet(""))
	for _, e := range []usage.Entry{
		{Bucket: "acme:lab-t1", Category: "create_bucket"},
		{Bucket: "acme:lab-usage-t", Category: "create_bucket"},
		{Bucket: "acme:lab-usage-t", Category: "put_obj", BytesReceived: 1},
	} {
		e.Start, e.User, e.Status = hour, "acme$lab-tenant", 200
		l.Record(&e)
	}
	got, err := json.Marshal(show(t, l, rgwlog.Query{User: "acme$lab-tenant"}))
	require.NoError(t, err)
	const times = `"time":"2026-11-22T10:00:00.000000Z","epoch":1795341600,"owner":"acme$lab-tenant",`
	assert.Equal(t, `{"entries":[{"user":"acme$lab-tenant","buckets":[`+
		`{"bucket":"lab-t1",`+times+`"categories":[{"category":"create_bucket","bytes_sent":0,"bytes_received":0,"ops":1,"successful_ops":1}]},`+
		`{"bucket":"lab-usage-t",`+times+`"categories":[{"category":"create_bucket","bytes_sent":0,"bytes_received":0,"ops":1,"successful_ops":1},`+
		`{"category":"put_obj","bytes_sent":0,"bytes_received":1,"ops":1,"successful_ops":1}]}]}],`+
		`"summary":[{"user":"acme$lab-tenant","categories":[{"category":"create_bucket","bytes_sent":0,"bytes_received":0,"ops":2,"successful_ops":2},`+
		`{"category":"put_obj","bytes_sent":0,"bytes_received":1,"ops":1,"successful_ops":1}],`+
		`"total":{"bytes_sent":0,"bytes_received":1,"ops":3,"successful_ops":3}}]}`, string(got))

	for _, c := range []struct {
		q    rgwlog.Query
		want string
		why  string
	}{
		{rgwlog.Query{User: "nobody"}, `{"entries":[],"summary":[]}`, "get-by-uid-no-entries: empty, not absent"},
		{rgwlog.Query{NoEntries: true, User: "nobody"}, `{"summary":[]}`, "show-entries=false leaves the member out"},
		{rgwlog.Query{NoEntries: true, NoSummary: true}, `{}`, "get-by-uid-neither"},
		{rgwlog.Query{Bucket: "lab-t1", Categories: []string{"nonsense"}}, `{"entries":[{"user":"acme$lab-tenant","buckets":[{"bucket":"lab-t1",` + times + `"categories":[]}]}],` +
			`"summary":[{"user":"acme$lab-tenant","categories":[],"total":{"bytes_sent":0,"bytes_received":0,"ops":0,"successful_ops":0}}]}`, "get-categories-unknown: entries stay"},
	} {
		got, err := json.Marshal(show(t, l, c.q))
		require.NoError(t, err)
		assert.Equal(t, c.want, string(got), c.why)
	}
}

// filled has 3 users, 3 buckets each, 4 hours each, one request an hour.
func filled(t *testing.T) *rgwlog.Log {
	l := open(t, memengine.New().Index, quiet(""))
	for _, user := range []string{"alice", "bob", "carol"} {
		for _, bucket := range []string{"", "a", "b"} {
			for h := range 4 {
				l.Record(get(func(e *usage.Entry) {
					e.Owner, e.User, e.Bucket, e.Start = user, user, bucket, hour.Add(time.Duration(h)*time.Hour)
				}))
			}
		}
	}
	return l
}

func ops(r rgwlog.Report) (n int64) {
	for _, s := range r.Summary {
		n += s.Total.Ops
	}
	return n
}

func TestSelect(t *testing.T) {
	l := filled(t)
	at := func(h int) time.Time { return hour.Add(time.Duration(h) * time.Hour) }
	for _, c := range []struct {
		q    rgwlog.Query
		want int64
		why  string
	}{
		{rgwlog.Query{}, 36, "everything"},
		{rgwlog.Query{User: "bob"}, 12, "a user"},
		{rgwlog.Query{User: "bob", Bucket: "a"}, 4, "a user's bucket"},
		{rgwlog.Query{Bucket: "a"}, 12, "a bucket of all users"},
		{rgwlog.Query{Start: at(1)}, 27, "the start is included"},
		{rgwlog.Query{Start: at(1).Add(time.Nanosecond)}, 18, "an hour that began before is not"},
		{rgwlog.Query{End: at(1)}, 9, "the end is not included"},
		{rgwlog.Query{End: at(1).Add(time.Second)}, 18, "an hour that began before it is"},
		{rgwlog.Query{User: "carol", Bucket: "b", Start: at(1), End: at(3)}, 2, "all together"},
		{rgwlog.Query{Start: at(3), End: at(1)}, 0, "an empty range"},
		{rgwlog.Query{End: time.Unix(-5, 0)}, 0, "a time before 1970"},
	} {
		assert.Equal(t, c.want, ops(show(t, l, c.q)), c.why)
	}
}

func TestPages(t *testing.T) {
	l := filled(t)
	all := show(t, l, rgwlog.Query{})
	for _, limit := range []int{1, 5, 35, 36, 37} {
		var got []rgwlog.BucketEntry
		q, pages := rgwlog.Query{Limit: limit}, 0
		for more := true; more; pages++ {
			r := show(t, l, q)
			for _, u := range r.Entries {
				got = append(got, u.Buckets...)
			}
			q.Marker, more = r.Next, r.Next != ""
		}
		var want []rgwlog.BucketEntry
		for _, u := range all.Entries {
			want = append(want, u.Buckets...)
		}
		assert.Equal(t, want, got, "limit %d", limit)
		assert.Equal(t, (36+limit-1)/limit, pages, "no empty page at the end")
	}
	for _, marker := range []string{"!", "AAAA"} {
		_, err := l.Show(t.Context(), rgwlog.Query{Marker: marker})
		assert.ErrorIs(t, err, rgwlog.ErrInvalidMarker)
	}
}

func TestTrim(t *testing.T) {
	for _, c := range []struct {
		q    rgwlog.TrimQuery
		left int64
		err  error
		why  string
	}{
		{rgwlog.TrimQuery{}, 36, rgwlog.ErrNotAll, "everything must be asked for"},
		{rgwlog.TrimQuery{Start: hour}, 36, rgwlog.ErrNotAll, "a range of everybody too"},
		{rgwlog.TrimQuery{All: true}, 0, nil, "everything"},
		{rgwlog.TrimQuery{All: true, End: hour.Add(time.Hour)}, 27, nil, "a range of everybody"},
		{rgwlog.TrimQuery{User: "bob"}, 24, nil, "a user"},
		{rgwlog.TrimQuery{User: "bob", Bucket: "a", Start: hour.Add(3 * time.Hour)}, 35, nil, "an hour of a bucket"},
		{rgwlog.TrimQuery{User: "nobody"}, 36, nil, "nobody"},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := filled(t)
			require.ErrorIs(t, l.Trim(t.Context(), c.q), c.err)
			assert.Equal(t, c.left, ops(show(t, l, rgwlog.Query{})))
			require.ErrorIs(t, l.Trim(t.Context(), c.q), c.err, "again is no error")
			l.Record(get(nil))
			assert.Equal(t, c.left+1, ops(show(t, l, rgwlog.Query{})), "counting goes on at zero")
		})
	}
}

func TestWriters(t *testing.T) {
	ix := memengine.New().Index
	a, b := open(t, ix, quiet("")), open(t, ix, quiet(""))
	a.Record(get(nil))
	b.Record(get(nil))
	b.Record(get(func(e *usage.Entry) { e.Category = "put_obj" }))
	require.NoError(t, b.Flush(t.Context()))
	assert.Equal(t, []string{"alice/photos/alice//get_obj: 2 2", "alice/photos/alice//put_obj: 1 1"}, lines(show(t, a, rgwlog.Query{})),
		"processes that share an index add up")
}

// TestManyRows has more rows than go into one transaction.
func TestManyRows(t *testing.T) {
	l := open(t, memengine.New().Index, quiet(t.TempDir()))
	for round := range 2 {
		for i := range 1200 {
			l.Record(get(func(e *usage.Entry) { e.Bucket = fmt.Sprintf("b%d", i) }))
		}
		assert.EqualValues(t, 1200*(round+1), ops(show(t, l, rgwlog.Query{})))
	}
	require.NoError(t, l.Trim(t.Context(), rgwlog.TrimQuery{All: true}))
	assert.Zero(t, ops(show(t, l, rgwlog.Query{})))
}

func TestConcurrentRecords(t *testing.T) {
	l := open(t, memengine.New().Index, quiet(t.TempDir()))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				l.Record(get(nil))
			}
		})
	}
	for range 20 {
		assert.NoError(t, l.Flush(t.Context()))
	}
	wg.Wait()
	assert.EqualValues(t, 4000, ops(show(t, l, rgwlog.Query{})))
	require.NoError(t, l.Close(t.Context()))
	require.ErrorIs(t, l.Close(t.Context()), rgwlog.ErrClosed)
	l.Record(get(nil)) // no panic
}

// failing is an index whose updates can be made to fail, before or after they
// are applied.
type failing struct {
	driver.Index
	before, after error
}

func (f *failing) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if f.before != nil {
		return f.before
	}
	if err := f.Index.Update(ctx, fn); err != nil {
		return err
	}
	return f.after
}

func TestFlushThatFails(t *testing.T) {
	for _, c := range []struct {
		why           string
		before, after error
	}{
		{"nothing was applied", errors.New("down"), nil},
		{"it was applied, but that is not known", nil, driver.ErrOutcomeUnknown},
	} {
		t.Run(c.why, func(t *testing.T) {
			ix := &failing{Index: memengine.New().Index}
			l := open(t, ix, quiet(t.TempDir()))
			for i := range 1200 { // more than one step
				l.Record(get(func(e *usage.Entry) { e.Bucket = fmt.Sprintf("b%d", i) }))
			}
			ix.before, ix.after = c.before, c.after
			for range 3 {
				require.Error(t, l.Flush(t.Context()))
				l.Record(get(nil))
			}
			ix.before, ix.after = nil, nil
			assert.EqualValues(t, 1203, ops(show(t, l, rgwlog.Query{})), "nothing is lost and nothing counts twice")
		})
	}
}

// leave ends a Log as a crash would: files stay as they are.
func leave(t *testing.T, dir string) string {
	t.Helper()
	copied := t.TempDir()
	require.NoError(t, os.CopyFS(copied+"/log", os.DirFS(dir)))
	return copied + "/log"
}

func TestRecovery(t *testing.T) {
	dir, ix := t.TempDir(), memengine.New().Index
	l := open(t, ix, quiet(dir))
	for range 10 {
		l.Record(get(nil))
	}
	before := leave(t, dir)
	require.NoError(t, l.Flush(t.Context()))
	l.Record(get(nil))
	flushed := leave(t, dir)

	again := open(t, ix, quiet(before))
	assert.EqualValues(t, 10, ops(show(t, again, rgwlog.Query{})), "a journal whose sums are in the index is not applied again")
	again = open(t, ix, quiet(flushed))
	assert.EqualValues(t, 11, ops(show(t, again, rgwlog.Query{})), "what was not flushed is")
	again.Record(get(nil))
	again = open(t, ix, quiet(leave(t, flushed)))
	assert.EqualValues(t, 12, ops(show(t, again, rgwlog.Query{})), "and so is what was recorded after that")
}

func TestTornJournal(t *testing.T) {
	dir := t.TempDir()
	l := open(t, memengine.New().Index, quiet(dir))
	for range 10 {
		l.Record(get(nil))
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	require.NoError(t, err)
	require.Len(t, names, 1)
	whole, err := os.ReadFile(names[0])
	require.NoError(t, err)
	whole = whole[:min(len(whole), len(bytes.TrimRight(whole, "\x00"))+8)] // without the space that was not used
	previous := int64(0)
	for n := range len(whole) + 1 {
		torn := leave(t, dir)
		require.NoError(t, os.WriteFile(filepath.Join(torn, filepath.Base(names[0])), whole[:n], 0o600))
		again := open(t, memengine.New().Index, quiet(torn))
		got := ops(show(t, again, rgwlog.Query{}))
		require.GreaterOrEqual(t, got, previous, "what is whole counts")
		previous = got
	}
	assert.EqualValues(t, 10, previous)
}

// A journal grows in steps; records go across them.
func TestLongJournal(t *testing.T) {
	dir, ix := t.TempDir(), memengine.New().Index
	l := open(t, ix, quiet(dir))
	const records = 40_000
	for i := range records {
		l.Record(get(func(e *usage.Entry) { e.BytesSent = int64(i) << 40 }))
	}
	left := leave(t, dir)
	again := open(t, memengine.New().Index, quiet(left))
	assert.EqualValues(t, records, ops(show(t, again, rgwlog.Query{})))
}

const childEnv = "COFFER_TEST_RGWLOG_CHILD"

// TestKilled records in a child process, kills it without warning, and counts.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(childEnv); dir != "" {
		recordUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	var told int64
	for range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; n < 3000 && lines.Scan(); n++ {
			told++
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // told before it was killed
			told++
		}
		assert.Error(t, cmd.Wait(), "it was killed")
	}
	ix, err := badgerindex.Open(dir+"/index", nil)
	require.NoError(t, err)
	l := open(t, ix, quiet(dir+"/log"))
	got := ops(show(t, l, rgwlog.Query{}))
	assert.GreaterOrEqual(t, got, told, "what Record took in is there")
	assert.LessOrEqual(t, got, told+4, "and nothing twice: each child may have died between Record and telling")
	require.NoError(t, l.Close(t.Context()))
	require.NoError(t, ix.Close())
}

func recordUntilKilled(t *testing.T, dir string) {
	ix, err := badgerindex.Open(dir+"/index", nil)
	require.NoError(t, err)
	l := open(t, ix, &rgwlog.Options{Dir: dir + "/log", FlushEvery: time.Millisecond})
	for i := 0; ; i++ {
		l.Record(get(func(e *usage.Entry) { e.Bucket = fmt.Sprintf("b%d", i%50) }))
		if _, err := os.Stdout.WriteString(".\n"); err != nil {
			return
		}
	}
}

func TestParseTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 32, 43, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want time.Time
		why  string
	}{
		{"2026-11-22", at.Truncate(24 * time.Hour), "a day"},
		{"2026-11-22 10:32:43", at, "Ceph's form"},
		{"2026-11-22T10:32:43", at, "with a T"},
		{"2026-11-22T10:32:43Z", at, "ISO 8601"},
		{"2026-11-22T11:32:43+01:00", at, "with an offset"},
		{"2026-11-22T11:32:43+0100", at, "without the colon"},
		{"2026-11-22 10:32:43.5", at.Add(500 * time.Millisecond), "a fraction"},
		{"2026-11-22T10:32:43.000000Z", at, "as Ceph writes it"},
		{"1795343563", at, "seconds since 1970"},
		{"1795343563.250000", at.Add(250 * time.Millisecond), "with a fraction"},
		{"0", time.Unix(0, 0).UTC(), "the beginning"},
	} {
		got, err := rgwlog.ParseTime(c.in)
		require.NoError(t, err, c.why)
		assert.Equal(t, c.want, got, c.why)
	}
	for _, bad := range []string{"", "yesterday", "2026-13-01", "2026-11-22 10:32", "-1", "+1", "1e9", "1.", "1.x", "99999999999999", "2026-11-22x", " 2026-11-22"} {
		_, err := rgwlog.ParseTime(bad)
		if bad == "1." { // an empty fraction is none
			assert.NoError(t, err)
			continue
		}
		assert.ErrorIs(t, err, rgwlog.ErrInvalidDate, bad)
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-11-22T10:32:43+01:00")
	f.Add("1795343563.25")
	f.Fuzz(func(t *testing.T, s string) {
		at, err := rgwlog.ParseTime(s)
		if err == nil && at.Location() != time.UTC {
			t.Error(at)
		}
		if err != nil && !errors.Is(err, rgwlog.ErrInvalidDate) {
			t.Error(err)
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	for _, c := range []struct{ name, dir string }{{"memory", ""}, {"journal", b.TempDir()}} {
		b.Run(c.name, func(b *testing.B) {
			l := open(b, memengine.New().Index, &rgwlog.Options{Dir: c.dir, FlushEvery: time.Second})
			e := get(nil)
			b.ReportAllocs()
			for b.Loop() {
				l.Record(e)
			}
		})
	}
}
