package e2e

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/ceph/go-ceph/rgw/admin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

const (
	billedUsers  = 20
	billClients  = 16
	billRounds   = 6   // each ends with a kill
	billRequests = 600 // of a round, roughly
	billMaxBody  = 20_000
)

// line is what a bill has a line of.
type line struct{ user, bucket, category string }

// billed is what a line comes to.
type billed struct{ ops, successful, sent, received int64 }

func (b billed) plus(o billed) billed {
	return billed{b.ops + o.ops, b.successful + o.successful, b.sent + o.sent, b.received + o.received}
}

// within tells whether b lies between two bounds.
func (b billed) within(least, most billed) bool {
	return least.ops <= b.ops && b.ops <= most.ops && least.successful <= b.successful && b.successful <= most.successful &&
		least.sent <= b.sent && b.sent <= most.sent && least.received <= b.received && b.received <= most.received
}

// ledger is what clients know of their requests: those that were answered, and
// the most that those come to which a kill cut off.
type ledger struct {
	mu        sync.Mutex
	sure      map[line]billed
	maybe     map[line]billed
	requests  int
	remaining int           // until the kill
	kill      chan struct{} // closed when it is time
}

func (l *ledger) book(to map[line]billed, at line, b billed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	to[at] = to[at].plus(b)
	l.requests++
	if l.remaining--; l.remaining == 0 && l.kill != nil {
		close(l.kill)
	}
}

// customer is a client that works for all users, on objects of its own.
type customer struct {
	t      *testing.T
	id     int
	rnd    *rand.Rand
	books  *ledger
	http   *http.Client
	url    string
	sizes  map[string]int // by path; an object that is not there has none
	unsure string         // path of the object that a kill has left uncertain
	last   *entry         // an answer that is whole here, and whose handler may still run
}

// entry is something to book.
type entry struct {
	at line
	b  billed
}

// smallAnswer is how many bytes the server holds back until its handler has ended.
const smallAnswer = 2000

// confirm books the last answer: it counts for sure when the connection has
// answered once more, and may be lost when it has not.
func (c *customer) confirm(to map[line]billed) {
	if e := c.last; e != nil {
		c.last = nil
		c.books.book(to, e.at, e.b)
	}
}

// finish makes a request with a small answer: all before it are counted then.
func (c *customer) finish() {
	_, _, done := c.send(0, 0, "list_bucket", "GET", "/"+billedBucket(0)+"?list-type=2&prefix=none", nil)
	assert.True(c.t, done)
}

// send makes a request and books it. false is that it was cut off.
func (c *customer) send(signer, owner int, category, method, path string, body []byte) (int, []byte, bool) {
	u := billedUser(signer)
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, bytes.NewReader(body))
	if !assert.NoError(c.t, err) {
		return 0, nil, false
	}
	awssig.SignV4(r, awssig.Credentials{AccessKey: u.accessKey, Secret: u.secret},
		awssig.Scope{Time: time.Now(), Region: region, Service: "s3"}, awssig.UnsignedPayload)
	at := line{billedUser(owner).UID, billedBucket(owner), category}
	missing := line{at.user, "-", category}
	status, answer, err := c.do(r)
	if err != nil {
		most := billed{ops: 1, successful: 1, sent: billMaxBody + 4096, received: int64(len(body))}
		c.confirm(c.books.maybe)
		c.books.book(c.books.maybe, at, most)
		c.books.book(c.books.maybe, missing, most)
		return 0, nil, false
	}
	b := billed{ops: 1, sent: int64(len(answer))}
	if status < 400 {
		b.successful, b.received = 1, int64(len(body))
	}
	if status == http.StatusNotFound {
		at = missing
	}
	c.confirm(c.books.sure)
	c.last = &entry{at, b}
	if len(answer) < smallAnswer {
		c.confirm(c.books.sure)
	}
	return status, answer, true
}

func (c *customer) do(r *http.Request) (int, []byte, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

func billedUser(i int) user { return newUser("", fmt.Sprintf("user%02d", i)) }

func billedBucket(i int) string { return fmt.Sprintf("billed-%02d", i) }

// path names one of the customer's objects in the bucket of an owner.
func (c *customer) path(owner int) string {
	return fmt.Sprintf("/%s/c%02d-%d", billedBucket(owner), c.id, c.rnd.IntN(3))
}

// work makes requests until the server is gone or n are made.
func (c *customer) work(n int) {
	for range n {
		if !c.step() {
			return
		}
	}
}

// settle finds out what has become of the object of a write that was cut off.
func (c *customer) settle() bool {
	var owner int
	_, err := fmt.Sscanf(c.unsure, "/billed-%d/", &owner)
	assert.NoError(c.t, err)
	status, answer, done := c.send(owner, owner, "get_obj", "GET", c.unsure, nil)
	switch {
	case !done:
		return false
	case status == http.StatusOK:
		c.sizes[c.unsure] = len(answer)
	default:
		delete(c.sizes, c.unsure)
	}
	c.unsure = ""
	return true
}

// step makes one request.
func (c *customer) step() bool {
	owner := c.rnd.IntN(billedUsers)
	path := c.path(owner)
	size, there := c.sizes[path]
	switch c.rnd.IntN(8) {
	case 0, 1, 2:
		body := bytes.Repeat([]byte("x"), c.rnd.IntN(billMaxBody))
		status, _, done := c.send(owner, owner, "put_obj", "PUT", path, body)
		return c.wrote(path, done, func() {
			assert.Equal(c.t, 200, status)
			c.sizes[path] = len(body)
		})
	case 3:
		status, _, done := c.send(owner, owner, "delete_obj", "DELETE", path, nil)
		return c.wrote(path, done, func() {
			assert.Equal(c.t, 204, status)
			delete(c.sizes, path)
		})
	case 4:
		_, _, done := c.send(owner, owner, "list_bucket", "GET", fmt.Sprintf("/%s?list-type=2&prefix=c%02d", billedBucket(owner), c.id), nil)
		return done
	case 5:
		status, _, done := c.send((owner+1)%billedUsers, owner, "get_obj", "GET", path, nil)
		return done && assert.Equal(c.t, 403, status, "somebody else, for which the owner pays")
	}
	status, answer, done := c.send(owner, owner, "get_obj", "GET", path, nil)
	if done && there {
		assert.Equal(c.t, []int{200, size}, []int{status, len(answer)}, path)
	}
	return done
}

// wrote takes in what a write has done, or that it is not known.
func (c *customer) wrote(path string, done bool, know func()) bool {
	if done {
		know()
	} else {
		c.unsure = path
	}
	return done
}

// TestBilling: what the usage log and the totals say after traffic of many
// clients and users, and kills of the server, is what the clients wrote down
// themselves. Only a request that a kill has cut off may be counted or not.
func TestBilling(t *testing.T) {
	dataDir := filepath.Join(t.TempDir(), "data")
	s := launch(t, dataDir)
	books := &ledger{sure: make(map[line]billed), maybe: make(map[line]billed)}
	var customers []*customer
	for i := range billClients {
		c := &customer{t: t, id: i, rnd: rand.New(rand.NewPCG(uint64(i), 7)), books: books, sizes: make(map[string]int)}
		c.move(s)
		customers = append(customers, c)
	}
	root := s.goceph(t, accessKey, secretKey)
	for i := range billedUsers {
		gocephUser(t, root, billedUser(i), "")
		status, _, _ := customers[0].send(i, i, "create_bucket", "PUT", "/"+billedBucket(i), nil)
		require.Equal(t, 200, status)
	}
	for round := range billRounds {
		books.round(s, customers, round%2 == 0)
		s = launch(t, dataDir)
		root = s.goceph(t, accessKey, secretKey)
		for _, c := range customers {
			c.move(s)
			require.True(t, c.unsure == "" || c.settle())
			c.finish()
		}
		books.audit(t, root)
		auditTotals(t, root, customers)
	}
	s.stop(t)
	check(t, dataDir, false)
	t.Logf("%d requests, %d kills", books.requests, billRounds)
}

// move has a customer work with another process of the server.
func (c *customer) move(s *server) {
	c.confirm(c.books.maybe)
	c.url, c.http = s.url, &http.Client{Transport: &http.Transport{DisableCompression: true}}
}

// round lets all customers work and kills the server: amid their requests, or
// as soon as the last one has its answer.
func (l *ledger) round(s *server, customers []*customer, amid bool) {
	l.mu.Lock()
	l.kill, l.remaining = make(chan struct{}), billRequests
	l.mu.Unlock()
	each := billRequests/billClients - 1 // which is not enough to reach the kill
	if amid {
		each = billRequests
	}
	var work sync.WaitGroup
	for _, c := range customers {
		work.Go(func() { c.work(each) })
	}
	if amid {
		<-l.kill
		s.kill()
	}
	work.Wait()
	if !amid {
		for _, c := range customers {
			c.finish()
		}
		s.kill()
	}
}

// audit compares the usage log with the books.
func (l *ledger) audit(t *testing.T, root *admin.API) {
	t.Helper()
	usage, err := root.GetUsage(t.Context(), admin.Usage{ShowEntries: aws.Bool(true)})
	require.NoError(t, err)
	got := make(map[line]billed)
	for _, u := range usage.Entries {
		for _, b := range u.Buckets {
			for _, c := range b.Categories {
				at := line{u.User, b.Bucket, c.Category}
				got[at] = got[at].plus(billed{int64(c.Ops), int64(c.SuccessfulOps), int64(c.BytesSent), int64(c.BytesReceived)})
			}
		}
	}
	lines := maps.Clone(l.sure)
	maps.Copy(lines, got)
	for at := range lines {
		if !strings.HasPrefix(at.user, "user") {
			continue // the administrator's own
		}
		least := l.sure[at]
		most := least.plus(l.maybe[at])
		assert.True(t, got[at].within(least, most), "%v: billed %+v, but it was between %+v and %+v", at, got[at], least, most)
	}
}

// auditTotals compares what the users have stored with what the customers know.
func auditTotals(t *testing.T, root *admin.API, customers []*customer) {
	t.Helper()
	for i := range billedUsers {
		var want [2]uint64 // objects, bytes
		for _, c := range customers {
			for path, size := range c.sizes {
				if strings.HasPrefix(path, "/"+billedBucket(i)+"/") {
					want[0]++
					want[1] += uint64(size)
				}
			}
		}
		u, err := root.GetUser(t.Context(), admin.User{ID: billedUser(i).UID, GenerateStat: aws.Bool(true)})
		require.NoError(t, err)
		assert.Equal(t, want, [2]uint64{*u.Stat.NumObjects, *u.Stat.Size}, billedUser(i).UID)
	}
}
