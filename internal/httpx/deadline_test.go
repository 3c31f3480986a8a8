package httpx

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLazyDeadline(t *testing.T) {
	now := time.Now()
	var set []time.Time
	d := lazyDeadline{set: func(t time.Time) error {
		set = append(set, t)
		return nil
	}}
	call := func() {
		d.begin()
		d.end()
	}
	in := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	for _, step := range []struct {
		do   func()
		want []time.Time
		why  string
	}{
		{func() { _ = d.ask(time.Time{}); call() }, nil, "there is none"},
		{func() { _ = d.ask(in(60)); _ = d.ask(time.Time{}); call() }, nil, "between two calls only the last one counts"},
		{func() { _ = d.ask(in(60)) }, nil, "no call has begun"},
		{call, []time.Time{in(60)}, "one begins"},
		{func() { _ = d.ask(in(61)); call() }, nil, "one that is a little earlier is as good"},
		{func() { _ = d.ask(in(66)); call() }, nil, "by an eighth"},
		{func() { _ = d.ask(in(80)); call() }, []time.Time{in(80)}, "but not more"},
		{func() { _ = d.ask(in(79)); call() }, []time.Time{in(79)}, "no call takes longer than asked for"},
		{func() { _ = d.ask(time.Time{}); call() }, []time.Time{{}}, "nor ends when there is none"},
		{func() { _ = d.ask(in(-1)); call() }, []time.Time{in(-1)}, "a time that is over ends calls at once"},
		{func() { _ = d.ask(in(60)); call() }, []time.Time{in(60)}, "and no more after that"},
		{func() { d.begin(); _ = d.ask(in(-1)) }, []time.Time{in(-1)}, "a call that is under way ends"},
		{func() { _ = d.ask(time.Time{}); d.end() }, []time.Time{{}}, "or may go on"},
	} {
		set = nil
		step.do()
		assert.Equal(t, step.want, set, step.why)
	}
}

func TestLazyDeadlineThatCannotBeSet(t *testing.T) {
	broken := errors.New("closed")
	d := lazyDeadline{set: func(time.Time) error { return broken }}
	require.NoError(t, d.ask(time.Now()))
	d.begin()
	assert.ErrorIs(t, d.ask(time.Now()), broken)
	d.end()
}

// TestDeadlinesOfConnections has calls that wait on a real connection.
func TestDeadlinesOfConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	c, err := GatherListener(l).Accept()
	require.NoError(t, err)
	defer c.Close()

	read := func() error {
		_, err := c.Read(make([]byte, 1))
		return err
	}
	fill := func() (err error) {
		for err == nil {
			_, err = c.Write(make([]byte, 1<<20))
		}
		return err
	}
	for name, of := range map[string]struct {
		set  func(time.Time) error
		call func() error
	}{
		"read":  {c.SetReadDeadline, read},
		"write": {c.SetWriteDeadline, fill},
		"both":  {c.SetDeadline, func() error { return errors.Join(read(), fill()) }},
		"to": {c.SetReadDeadline, func() error {
			_, err := io.Copy(io.Discard, c)
			return err
		}},
		"from": {c.SetWriteDeadline, func() (err error) {
			for err == nil {
				_, err = c.(io.ReaderFrom).ReadFrom(io.LimitReader(zeroes{}, 1<<20))
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, of.set(time.Now().Add(-time.Second)))
			assert.ErrorIs(t, of.call(), os.ErrDeadlineExceeded, "it was over before")

			require.NoError(t, of.set(time.Now().Add(time.Hour)))
			ended := make(chan error, 1)
			go func() { ended <- of.call() }()
			for done := false; !done; { // whether the call has begun or not
				require.NoError(t, of.set(time.Now().Add(-time.Second)))
				select {
				case err := <-ended:
					assert.ErrorIs(t, err, os.ErrDeadlineExceeded, "it was over meanwhile")
					done = true
				case <-time.After(time.Millisecond):
				}
			}
			require.NoError(t, of.set(time.Now().Add(time.Millisecond)))
			assert.ErrorIs(t, of.call(), os.ErrDeadlineExceeded, "it is over soon")
			require.NoError(t, of.set(time.Time{}))
		})
	}
	_, err = client.Write([]byte("x"))
	require.NoError(t, err)
	assert.NoError(t, read(), "and calls go on")
}

// zeroes never end.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
