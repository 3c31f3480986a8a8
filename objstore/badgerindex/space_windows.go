package badgerindex

import "golang.org/x/sys/windows"

func diskSpace(dir string) (free, total int64, err error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	var available, size uint64
	if err := windows.GetDiskFreeSpaceEx(path, &available, &size, nil); err != nil {
		return 0, 0, err
	}
	return int64(available), int64(size), nil
}
