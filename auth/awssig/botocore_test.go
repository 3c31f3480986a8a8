package awssig_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// vectors are requests that another implementation signed.
type vectors struct {
	Now                             time.Time
	AccessKey, Secret, SessionToken string
	Requests                        []vector
}

type vector struct {
	Name, Method, Target string
	Headers              [][2]string
	Body                 []byte
	Token                bool
}

func readVectors(t testing.TB, file string) (v vectors) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	require.NotEmpty(t, v.Requests)
	return v
}

// request parses the vector the way a server does.
func (v vector) request(t testing.TB) *http.Request {
	t.Helper()
	var raw bytes.Buffer
	fmt.Fprintf(&raw, "%s %s HTTP/1.1\r\n", v.Method, v.Target)
	chunked := false
	for _, h := range v.Headers {
		fmt.Fprintf(&raw, "%s: %s\r\n", h[0], h[1])
		chunked = chunked || strings.EqualFold(h[0], "Transfer-Encoding")
	}
	raw.WriteString("\r\n")
	if chunked {
		fmt.Fprintf(&raw, "%x\r\n%s\r\n0\r\n\r\n", len(v.Body), v.Body)
	} else {
		raw.Write(v.Body)
	}
	r, err := http.ReadRequest(bufio.NewReader(&raw))
	require.NoError(t, err)
	return r
}

func (v vectors) chain(token bool) auth.Verifier {
	key := auth.Key{AccessKey: v.AccessKey, Secret: v.Secret, Principal: auth.Principal{ID: "fake"}}
	if token {
		key.SessionToken = v.SessionToken
	}
	o := &awssig.Options{Now: func() time.Time { return v.Now }, Domains: []string{"s3.example.com"}}
	src := keys{v.AccessKey: key}
	return auth.Chain(awssig.V4(src, o), awssig.V2(src, o), awssig.Anonymous())
}

func TestBotocore(t *testing.T) {
	v := readVectors(t, "testdata/botocore.json")
	for _, q := range v.Requests {
		t.Run(q.Name, func(t *testing.T) {
			r := q.request(t)
			id, err := v.chain(q.Token).Verify(r)
			require.NoError(t, err, "a signature of a real client: %s", detail(err, "CanonicalRequest"))
			require.Equal(t, "fake", id.ID)
			wantScheme := auth.SchemeV4
			if strings.HasPrefix(q.Name, "v2/") {
				wantScheme = auth.SchemeV2
			}
			assert.Equal(t, wantScheme, id.Scheme)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			if r.ContentLength >= 0 {
				assert.Len(t, body, int(r.ContentLength))
			}
			assert.NotContains(t, r.Header.Get("Content-Encoding"), "aws-chunked")
			if names := r.Header.Get("X-Amz-Trailer"); names != "" {
				sum, err := base64.StdEncoding.DecodeString(r.Trailer.Get(names))
				require.NoError(t, err)
				assert.NotEmpty(t, sum)
			}
		})
	}
}
