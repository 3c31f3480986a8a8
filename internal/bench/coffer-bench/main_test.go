package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoadCommand(t *testing.T) {
	tests := []struct {
		explanation string
		args        []string
		status      int    // that the server answers with
		want        string // of the output
		err         string
	}{
		{"uploads", []string{"-count=20", "-size=100", "-clients=2"}, 200, "put: 20 requests, 0 failed", ""},
		{"the bucket may be there", []string{"-count=1", "-create"}, 409, "", "409"},
		{"each workload", []string{"-workload=list-prefixes", "-count=3"}, 200, "list-prefixes: 3 requests", ""},
		{"what the server costs", []string{"-count=1", "-pid=" + strconv.Itoa(os.Getpid())}, 200, "server RSS", ""},
		{"failures end in an error", []string{"-count=2"}, 503, "2 failed", "503"},
		{"an unknown workload", []string{"-workload=x"}, 200, "", "unknown workload"},
		{"reading needs to know what is there", []string{"-workload=get", "-keys=0"}, 200, "", "needs -keys"},
		{"neither count nor duration", []string{"-duration=0"}, 200, "", "duration or a count"},
		{"an argument too many", []string{"x"}, 200, "", "unexpected argument"},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.status) }))
			defer srv.Close()
			var out bytes.Buffer
			err := run(t.Context(), append([]string{"load", "-endpoint=" + srv.URL}, tt.args...), &out, io.Discard)
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.err)
			}
			assert.Contains(t, out.String(), tt.want)
		})
	}
}

func TestUsage(t *testing.T) {
	assert.ErrorContains(t, run(t.Context(), nil, io.Discard, io.Discard), "usage")
	assert.ErrorContains(t, run(t.Context(), []string{"x"}, io.Discard, io.Discard), "usage")
	var help bytes.Buffer
	assert.ErrorIs(t, run(t.Context(), []string{"suite", "-h"}, io.Discard, &help), flag.ErrHelp)
	assert.Contains(t, help.String(), "-rounds")
	assert.Error(t, run(t.Context(), []string{"baseline"}, io.Discard, io.Discard), "-dir is needed")
}

func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error)
	go func() {
		done <- serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }), in)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	res, err := http.Get("http://" + strings.TrimSpace(strings.TrimPrefix(line, "listening on ")))
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	require.NoError(t, err)
	assert.Equal(t, "here", string(body))
	cancel()
	require.NoError(t, <-done)
}
