package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/internal/server"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage/ostorstat"
	"github.com/cofferstore/coffer/usage/rgwlog"
	"github.com/cofferstore/coffer/usage/utapi"
)

const billingEnv = "COFFER_TEST_BILLING_DATA"

// customer is a user with a ledger of what it was served.
type customer struct {
	name    string
	key     iam.Credentials
	ledger  map[string]*rgwlog.Counts // by category
	objects map[string]int64          // sizes
}

// TestBilling lets clients of 20 users work, kills the server between rounds,
// and compares usage and totals with the clients' own ledgers.
func TestBilling(t *testing.T) {
	if data := os.Getenv(billingEnv); data != "" {
		err := server.Run(context.Background(), settings(t, withRoot("DATA="+data, "METRICS_LISTEN=")...), &server.Options{Log: os.Stdout})
		require.NoError(t, err)
		return
	}
	data := t.TempDir()
	customers := newCustomers(t, data, 20)
	for round := range 4 {
		url, kill := spawn(t, data)
		var wg sync.WaitGroup
		turns := make(chan *customer)
		for range 16 {
			wg.Go(func() {
				for c := range turns {
					c.work(t, url, round)
				}
			})
		}
		for _, c := range customers {
			turns <- c
		}
		close(turns)
		wg.Wait()
		kill()
	}
	audit(t, data, customers)
}

// newCustomers makes users in a data directory.
func newCustomers(t *testing.T, data string, n int) (list []*customer) {
	d, err := datadir.Open(data, nil)
	require.NoError(t, err)
	users, err := iam.Open(d.Index, &iam.Options{Sealer: d.MasterKey})
	require.NoError(t, err)
	for i := range n {
		name := fmt.Sprintf("customer-%02d", i)
		_, err := users.CreateUser(t.Context(), iam.User{UserID: iam.UserID{UID: name}, DisplayName: name})
		require.NoError(t, err)
		key, err := users.CreateKey(t.Context(), iam.UserID{UID: name}, iam.Credentials{})
		require.NoError(t, err)
		list = append(list, &customer{name: name, key: key, ledger: map[string]*rgwlog.Counts{}, objects: map[string]int64{}})
	}
	require.NoError(t, d.Index.Close())
	require.NoError(t, d.Close())
	return list
}

// spawn starts a server in a process of its own and returns how to kill it.
func spawn(t *testing.T, data string) (url string, kill func()) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestBilling$")
	cmd.Env = append(os.Environ(), billingEnv+"="+data)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for url == "" {
		require.True(t, lines.Scan(), "the server ended before it listened")
		var l struct{ Msg, Protocol, URL string }
		if json.Unmarshal(lines.Bytes(), &l) == nil && l.Msg == "listening" && l.Protocol == "s3" {
			url = l.URL
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, out)
	}()
	return url, func() {
		require.NoError(t, cmd.Process.Kill())
		<-drained
		assert.Error(t, cmd.Wait(), "it was killed")
	}
}

// work is a customer's traffic of one round. Answers are small: net/http sends
// them when the handler, and with it the usage log, has come to its end.
func (c *customer) work(t *testing.T, url string, round int) {
	bucket := url + "/" + c.name
	if round == 0 {
		c.do(t, "create_bucket", http.MethodPut, bucket, 0)
	}
	for i := range 5 {
		key, size := fmt.Sprintf("%d-%d", round, i), int64(100+3000*i)
		c.do(t, "put_obj", http.MethodPut, bucket+"/"+key, size)
		c.objects[key] = size
	}
	c.do(t, "get_obj", http.MethodGet, fmt.Sprintf("%s/%d-0", bucket, round), 0)
	c.do(t, "get_obj", http.MethodHead, fmt.Sprintf("%s/%d-4", bucket, round), 0)
	c.do(t, "list_bucket", http.MethodGet, bucket+"?list-type=2&max-keys=2", 0)
	c.do(t, "delete_obj", http.MethodDelete, fmt.Sprintf("%s/%d-1", bucket, round), 0)
	delete(c.objects, fmt.Sprintf("%d-1", round))
}

// do sends a request and writes it into the ledger.
func (c *customer) do(t *testing.T, category, method, url string, size int64) {
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(strings.Repeat("x", int(size))))
	if !assert.NoError(t, err) {
		return
	}
	awssig.SignV4(r, awssig.Credentials{AccessKey: c.key.AccessKey, Secret: c.key.Secret},
		awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, awssig.UnsignedPayload)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if !assert.NoError(t, err) {
		return
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	assert.NoError(t, err)
	assert.Less(t, resp.StatusCode, 300, "%s %s", method, url)
	if c.ledger[category] == nil {
		c.ledger[category] = &rgwlog.Counts{}
	}
	sum := c.ledger[category]
	sum.Ops, sum.SuccessfulOps = sum.Ops+1, sum.SuccessfulOps+1
	sum.BytesSent, sum.BytesReceived = sum.BytesSent+n, sum.BytesReceived+size
}

// audit compares the ledgers with what the stopped server has.
func audit(t *testing.T, data string, customers []*customer) {
	d, err := datadir.Open(data, nil)
	require.NoError(t, err)
	bills, err := rgwlog.Open(t.Context(), d.Index, &rgwlog.Options{Dir: data + "/usage"})
	require.NoError(t, err)
	st, err := objstore.Open(d.Engine(), nil)
	require.NoError(t, err)
	metrics := utapi.Open(d.Index, &utapi.Options{FlushEvery: -1})
	for _, c := range customers {
		bill, err := bills.Show(t.Context(), rgwlog.Query{User: c.name, NoEntries: true})
		require.NoError(t, err)
		require.Len(t, bill.Summary, 1)
		got := map[string]*rgwlog.Counts{}
		for _, e := range bill.Summary[0].Categories {
			got[e.Category] = &e.Counts
		}
		assert.Equal(t, c.ledger, got, "usage of %s", c.name)

		var bytes int64
		for _, size := range c.objects {
			bytes += size
		}
		totals, err := st.OwnerTotals(t.Context(), c.name)
		require.NoError(t, err)
		assert.EqualValues(t, len(c.objects), totals.Objects)
		assert.Equal(t, bytes, totals.Bytes)
		auditMetrics(t, metrics, c, bytes)
	}
	report, err := metrics.Reindex(t.Context(), st, nil)
	require.NoError(t, err)
	assert.Equal(t, &utapi.Report{Buckets: len(customers)}, report, "a kill needs no reindex")
	sizes, err := ostorstat.OpenSizes(d.Index, nil)
	require.NoError(t, err)
	drift, err := sizes.CheckStore(t.Context(), st, false)
	require.NoError(t, err)
	assert.Empty(t, drift, "sizes of buckets are those of their totals after every kill")
	require.NoError(t, bills.Close(t.Context()))
	require.NoError(t, st.Close())
	require.NoError(t, d.Close())
}

// auditMetrics compares a ledger with metrics of what commits; of reads, a kill
// loses the latest.
func auditMetrics(t *testing.T, metrics *utapi.Metrics, c *customer, stored int64) {
	t.Helper()
	ever := utapi.Range{Start: time.Unix(0, 0), End: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond)}
	m, err := metrics.List(t.Context(), utapi.Accounts, c.name, ever)
	require.NoError(t, err)
	assert.EqualValues(t, len(c.objects), m.Objects[1])
	assert.Equal(t, stored, m.Storage[1])
	assert.Equal(t, c.ledger["put_obj"].BytesReceived, m.Incoming)
	for i, name := range utapi.Operations() {
		category := map[string]string{"CreateBucket": "create_bucket", "PutObject": "put_obj", "DeleteObject": "delete_obj"}[name]
		if category != "" {
			assert.Equal(t, c.ledger[category].Ops, m.Operations[i], name)
		}
	}
	assert.LessOrEqual(t, m.Outgoing, c.ledger["get_obj"].BytesSent, "nothing is counted twice")
}
