//go:build !(linux || darwin || freebsd || windows)

package badgerindex

import "errors"

func diskSpace(string) (free, total int64, err error) {
	return 0, 0, errors.ErrUnsupported
}
