package rgwreplay_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/internal/rgwreplay"
)

const recording = `# admin/user/info
# auth: AWS4-HMAC-SHA256 header, service s3, as lab-admin

GET /admin/user?uid=a HTTP/1.1
Host: 127.0.0.1:7480

------------------------------------------------------------------------
HTTP/1.1 200 OK
Content-Length: 634
Connection: Keep-Alive

{"user_id": "a", "keys": [{"access_key": "ABCDEFGHIJKLMNOPQRST"}, {"access_key": "KEY"}]}
`

func Example() {
	e, err := rgwreplay.Parse(recording)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := e.Request("http://localhost", func(string) awssig.Credentials { return awssig.Credentials{AccessKey: "A", Secret: "S"} }, time.Unix(0, 0))
	fmt.Println(r.Method, r.URL, e.Status, err)
	// Output: GET http://localhost/admin/user?uid=a 200 <nil>
}

func TestDifferences(t *testing.T) {
	for _, c := range []struct {
		why, body string
		status    int
		same      bool
	}{
		{"equal", `{"keys":[{"access_key":"KEY"},{"access_key":"01234567890123456789"}],"user_id":"a"}`, 200, true},
		{"another status", `{"keys":[{"access_key":"KEY"},{"access_key":"01234567890123456789"}],"user_id":"a"}`, 201, false},
		{"a member is missing", `{"keys":[{"access_key":"KEY"},{"access_key":"01234567890123456789"}]}`, 200, false},
		{"a random value that is none", `{"keys":[{"access_key":"KEY"},{"access_key":"short"}],"user_id":"a"}`, 200, false},
		{"not JSON", `{`, 200, false},
	} {
		e, err := rgwreplay.Parse(recording)
		require.NoError(t, err)
		found, err := e.Differences(&http.Response{StatusCode: c.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(c.body))})
		require.NoError(t, err)
		assert.Equal(t, c.same, len(found) == 0, "%s: %v", c.why, found)
	}
}
