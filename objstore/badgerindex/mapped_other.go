//go:build !linux

package badgerindex

// openMemory returns nil: other systems do not tell where files are mapped.
func openMemory(string) (memoryMap, error) { return nil, nil }
