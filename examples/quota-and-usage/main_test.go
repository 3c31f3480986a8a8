package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

func TestQuotaAndUsage(t *testing.T) {
	limits, bills, err := open(t.Context(), memengine.New().Index, t.TempDir())
	require.NoError(t, err)
	defer bills.Close(t.Context())
	files := http.FileServerFS(fstest.MapFS{"hello.txt": {Data: []byte("hello")}})
	h := handler(files, customers{"secret": "alice"}, limits, bills)
	get := func(path, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	assert.Equal(t, "hello", get("/hello.txt", "secret").Body.String())
	assert.Equal(t, http.StatusNotFound, get("/other.txt", "secret").Code)
	_, err = limits.UpdateLimits(t.Context(), quota.KindUser, "alice", func(l *quota.Limits) error {
		l.Rate = quota.RateSpec{Enabled: true, MaxReadOps: 1}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, get("/hello.txt", "secret").Code)
	assert.Equal(t, http.StatusServiceUnavailable, get("/hello.txt", "secret").Code, "one a minute")
	assert.Equal(t, http.StatusNotFound, get("/bill", "guess").Code)

	var bill rgwlog.Report
	require.NoError(t, json.Unmarshal(get("/bill", "secret").Body.Bytes(), &bill))
	require.Len(t, bill.Summary, 1)
	total := bill.Summary[0].Total
	assert.EqualValues(t, 3, total.Ops, "what was refused never got as far as to be named")
	assert.EqualValues(t, 2, total.SuccessfulOps)
}
