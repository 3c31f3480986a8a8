package ostorstat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Bounds of a gw.conf, in bytes.
const (
	maxConf     = 1 << 20
	maxConfLine = 4 << 10
)

// ReadConf sets what a gw.conf file says of statistics; the rest stays as it
// is. Lines are KEY=VALUE, and comments after #. The keys are those of the
// vendor's gateway; what else such a file has is not looked at:
//
//	S3_GW_COLLECT_STAT          1 or 0: Collect
//	S3_GW_USAGE_PERIOD          seconds: Period
//	S3_GW_USAGE_CACHE_TIMEOUT   seconds: FlushEvery
//
// A value that cannot be is [ErrInvalid].
func (o *LogOptions) ReadConf(r io.Reader) error {
	read := *o
	lines := bufio.NewScanner(io.LimitReader(r, maxConf+1))
	lines.Buffer(nil, maxConfLine)
	size := 0
	for n := 1; lines.Scan(); n++ {
		if size += len(lines.Bytes()) + 1; size > maxConf {
			return fmt.Errorf("%w: gw.conf is larger than 1 MiB", ErrInvalid)
		}
		if err := read.confLine(lines.Text()); err != nil {
			return fmt.Errorf("%w: gw.conf, line %d: %w", ErrInvalid, n, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w: gw.conf: a line is longer than 4 KiB", ErrInvalid)
	} else if err != nil {
		return wrap("ReadConf", err)
	}
	*o = read
	return nil
}

func (o *LogOptions) confLine(line string) error {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return nil
	}
	name, value, ok := strings.Cut(line, "=")
	if !ok {
		return errors.New("want KEY=VALUE")
	}
	name, value = strings.TrimSpace(name), unquoted(strings.TrimSpace(value))
	var err error
	switch name {
	case "S3_GW_COLLECT_STAT":
		if value != "0" && value != "1" {
			return fmt.Errorf("%s: want 0 or 1", name)
		}
		o.Collect = value == "1"
	case "S3_GW_USAGE_PERIOD":
		o.Period, err = seconds(value)
	case "S3_GW_USAGE_CACHE_TIMEOUT":
		o.FlushEvery, err = seconds(value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// unquoted takes off a pair of quotes, as a shell does.
func unquoted(s string) string {
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}

func seconds(s string) (time.Duration, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if d := time.Duration(n) * time.Second; err == nil && d >= time.Second && d <= maxPeriod {
		return d, nil
	}
	return 0, errors.New("want seconds, at least 1 and at most a year")
}
