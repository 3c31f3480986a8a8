package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

func TestEmbed(t *testing.T) {
	dir := t.TempDir()
	st, err := open(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	st, err = open(t.Context(), dir)
	require.NoError(t, err, "a second start finds what is there")
	defer st.Close()
	srv := httptest.NewServer(handler(st, keys{"ALICE", "wonderland"}))
	defer srv.Close()

	tests := []struct {
		explanation, host, secret string
		status                    int
		body                      string
	}{
		{"the object that the program wrote", "", "wonderland", 200, "hello from inside\n"},
		{"a wrong secret", "", "looking glass", 403, ""},
		{"a page of the program's own", "pages.example.com", "", 200, "a page\n"},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/notes/hello.txt", nil)
			require.NoError(t, err)
			r.Host = tt.host
			if tt.secret != "" {
				scope := awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}
				awssig.SignV4(r, awssig.Credentials{AccessKey: "ALICE", Secret: tt.secret}, scope, awssig.EmptyPayload)
			}
			res, err := srv.Client().Do(r)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.status, res.StatusCode, "%s", body)
			if tt.body != "" {
				assert.Equal(t, tt.body, string(body))
			}
		})
	}
}
