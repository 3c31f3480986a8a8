package s3http

import (
	"strconv"
	"strings"
)

const badCopyRange = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the " +
	"zero-based offsets of the first and last bytes to copy"

// copyRange reads x-amz-copy-source-range, which is stricter than Range: both
// ends are given and lie in the source. No header is the whole of it.
func copyRange(header string, size int64) (off, n int64, err error) {
	if header == "" {
		return 0, size, nil
	}
	spec, ok := strings.CutPrefix(header, "bytes=")
	first, last, found := strings.Cut(spec, "-")
	if !ok || !found {
		return 0, 0, badArgument("x-amz-copy-source-range", header, badCopyRange)
	}
	start, err1 := strconv.ParseUint(first, 10, 63)
	end, err2 := strconv.ParseUint(last, 10, 63)
	if err1 != nil || err2 != nil || start > end {
		return 0, 0, badArgument("x-amz-copy-source-range", header, badCopyRange)
	}
	if int64(end) >= size {
		return 0, 0, badArgument("x-amz-copy-source-range", header,
			"Range specified is not valid for source object of size: "+strconv.FormatInt(size, 10))
	}
	return int64(start), int64(end-start) + 1, nil
}
