//go:build !linux

package badgerindex

// openMemory returns nil: other systems do not tell where files are mapped.
func openMemory(string) (memoryMap, error) { return nil, nil }

// residentFiles returns 0: it does not matter then.
func residentFiles() int64 { return 0 }
