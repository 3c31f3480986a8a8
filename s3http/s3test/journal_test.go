package s3test_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/s3http/s3test"
)

func lines(s *s3test.Server) []string {
	var out []string
	for _, r := range s.Journal() {
		out = append(out, r.String())
	}
	return out
}

func TestJournal(t *testing.T) {
	s := withBucket(t)
	alice, err := s.AddUser("alice")
	require.NoError(t, err)
	do(t, s, "PUT", "/photos/cat.jpg", "meow")
	do(t, s, "HEAD", "/photos/cat.jpg", "")
	do(t, s, "GET", "/photos/dog.jpg", "")
	as(t, s, alice, "DELETE", "/photos/cat.jpg", "")
	assert.Equal(t, []string{
		"PutObject photos/cat.jpg 200",
		"HeadObject photos/cat.jpg 200",
		"GetObject photos/dog.jpg 404 NoSuchKey",
		"DeleteObject photos/cat.jpg 403 AccessDenied",
	}, lines(s))
	assert.Equal(t, "alice", s.Journal()[3].User)
	assert.EqualValues(t, 4, s.Usage()[0].BytesReceived)
	s.Forget()
	assert.Empty(t, s.Journal())
}

// TestAnAnswerIsInTheJournal reads the journal as soon as an answer is
// complete, with bodies on both sides of the server's buffers.
func TestAnAnswerIsInTheJournal(t *testing.T) {
	s := withBucket(t)
	for _, size := range []int{0, 1, 2047, 2048, 4096, 1 << 20} {
		require.Equal(t, 200, do(t, s, "PUT", "/photos/k", strings.Repeat("x", size)).status)
		for range 20 {
			s.Forget()
			got := do(t, s, "GET", "/photos/k", "")
			require.Equal(t, []string{"GetObject photos/k 200"}, lines(s), "%d bytes", size)
			require.Len(t, got.body, size)
			require.EqualValues(t, size, s.Usage()[0].BytesSent)
		}
	}
}

// TestJournalDoesNotWaitForTheClient reads it while an answer is under way.
func TestJournalDoesNotWaitForTheClient(t *testing.T) {
	s := withBucket(t)
	require.Equal(t, 200, do(t, s, "PUT", "/photos/k", strings.Repeat("x", 16<<20)).status)
	s.Forget()
	r, err := s.Request(t.Context(), "GET", "/photos/k", nil)
	require.NoError(t, err)
	resp, err := s.Do(r)
	require.NoError(t, err)
	assert.Empty(t, s.Journal(), "nobody has read the answer yet")
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Len(t, s.Journal(), 1)
}
