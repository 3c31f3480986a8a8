package ostorstat

import (
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadConf(t *testing.T) {
	before := LogOptions{Period: time.Hour, ServiceID: "8000000000000065"}
	with := func(change func(*LogOptions)) LogOptions {
		o := before
		change(&o)
		return o
	}
	for _, c := range []struct {
		explanation, file string
		want              LogOptions
	}{
		{"an empty file changes nothing", "", before},
		{"all three", "S3_GW_COLLECT_STAT=1\nS3_GW_USAGE_PERIOD=1800\nS3_GW_USAGE_CACHE_TIMEOUT=30\n", with(func(o *LogOptions) {
			o.Collect, o.Period, o.FlushEvery = true, 30*time.Minute, 30*time.Second
		})},
		{"other settings of the gateway are none of ours", "S3_GW_PORT=9090\nS3_GW_COLLECT_STAT=1", with(func(o *LogOptions) { o.Collect = true })},
		{"comments, blank lines, blanks, quotes, line ends of Windows", "# statistics\r\n\r\n  S3_GW_COLLECT_STAT = \"1\"\r\n", with(func(o *LogOptions) { o.Collect = true })},
		{"the last one holds, as in a shell", "S3_GW_COLLECT_STAT=1\nS3_GW_COLLECT_STAT='0'\n", before},
	} {
		o := before
		require.NoError(t, o.ReadConf(strings.NewReader(c.file)), c.explanation)
		assert.Equal(t, c.want, o, c.explanation)
	}
}

func TestReadConfRefuses(t *testing.T) {
	for _, c := range []struct{ explanation, file, tells string }{
		{"statistics are money: no guess at what was meant", "S3_GW_COLLECT_STAT=yes", "line 1: S3_GW_COLLECT_STAT"},
		{"nothing is not a number", "\nS3_GW_USAGE_PERIOD=", "line 2: S3_GW_USAGE_PERIOD"},
		{"no unit", "S3_GW_USAGE_PERIOD=30m", "want seconds"},
		{"at least a second", "S3_GW_USAGE_CACHE_TIMEOUT=0", "want seconds"},
		{"no negative times", "S3_GW_USAGE_CACHE_TIMEOUT=-1", "want seconds"},
		{"a number that overflows", "S3_GW_USAGE_PERIOD=99999999999999999999", "want seconds"},
		{"longer than a year", "S3_GW_USAGE_PERIOD=99999999", "want seconds"},
		{"not a setting", "S3_GW_COLLECT_STAT", "KEY=VALUE"},
		{"a line that does not end", "S3_GW_X=" + strings.Repeat("x", maxConfLine), "4 KiB"},
		{"a file that does not end", strings.Repeat("\n", maxConf+1), "1 MiB"},
	} {
		o := LogOptions{}
		err := o.ReadConf(strings.NewReader(c.file))
		require.ErrorIs(t, err, ErrInvalid, c.explanation)
		assert.ErrorContains(t, err, c.tells, c.explanation)
		assert.Equal(t, LogOptions{}, o, "nothing of a file that is wrong holds")
	}
	o := LogOptions{}
	err := o.ReadConf(iotest.ErrReader(assert.AnError))
	assert.ErrorIs(t, err, assert.AnError)
}

func FuzzReadConf(f *testing.F) {
	f.Add("# gw.conf\nS3_GW_COLLECT_STAT=1\nS3_GW_USAGE_PERIOD=\"1800\"\nS3_GW_USAGE_CACHE_TIMEOUT=30\n")
	f.Add("S3_GW_USAGE_PERIOD='\n")
	f.Fuzz(func(t *testing.T, file string) {
		o := LogOptions{}
		if err := o.ReadConf(strings.NewReader(file)); err != nil {
			return
		}
		_, err := o.withDefaults()
		assert.NoError(t, err, "what was read can be opened with")
	})
}

func FuzzObjectRows(f *testing.F) {
	k := Key{Bucket: "a\x00\x01:b", Epoch: 7, UserID: "\x00"}
	h := head{start: 1485966714, period: 1390, writer: [16]byte{1}, seq: 2}
	c := Counters{Ops: Ops{1, 2, 3, 4}, NetIO: NetIO{5, 6}}
	f.Add(itemRow("s3-usage-", k), h.append(nil))
	f.Add([]byte(itemRows), c.append(nil))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if object, k, ok := cutItemRow(key); ok {
			again, same, ok := cutItemRow(itemRow(object, k))
			assert.True(t, ok)
			assert.Equal(t, object, again)
			assert.Equal(t, k, same)
		}
		if h, err := decodeHead(value); err == nil {
			again, err := decodeHead(h.append(nil))
			require.NoError(t, err)
			assert.Equal(t, h, again)
		}
		if c, err := decodeCounters(value); err == nil {
			again, err := decodeCounters(c.append(nil))
			require.NoError(t, err)
			assert.Equal(t, c, again)
		}
	})
}
