package s3info

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/cofferstore/coffer/auth/iam"
)

// MaxMappingSize bounds a mapping file, in bytes.
const MaxMappingSize = 1 << 20

// maxMappingLine bounds a line; both names of it together are shorter.
const maxMappingLine = 1024

// Mapping is which S3 user a user of the operating system is.
type Mapping map[string]iam.UserID

// ParseMapping reads a mapping: in each line the name of a user of the operating
// system and, after blanks, the full name of an S3 user ("uid" or "tenant$uid").
// Empty lines and those that begin with # say nothing. A line of another form, a
// name of the operating system that is there twice, and more than
// [MaxMappingSize] bytes are errors.
func ParseMapping(r io.Reader) (Mapping, error) {
	limited := &io.LimitedReader{R: r, N: MaxMappingSize + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 0, maxMappingLine), maxMappingLine)
	m := make(Mapping)
	for n := 1; lines.Scan(); n++ {
		names := strings.Fields(lines.Text())
		if len(names) == 0 || strings.HasPrefix(names[0], "#") {
			continue
		}
		if len(names) != 2 {
			return nil, fmt.Errorf("line %d: want the name of a user of the operating system and of an S3 user", n)
		}
		if _, twice := m[names[0]]; twice {
			return nil, fmt.Errorf("line %d: the user is there twice", n)
		}
		id := iam.ParseUserID(names[1])
		if id.UID == "" || id.String() != names[1] {
			return nil, fmt.Errorf("line %d: the S3 user has another form than uid or tenant$uid", n)
		}
		m[names[0]] = id
	}
	if limited.N <= 0 {
		return nil, fmt.Errorf("more than %d bytes", MaxMappingSize)
	}
	return m, lines.Err()
}

// mappingFile is a mapping in a file. It is safe for concurrent use.
type mappingFile struct {
	path string

	mu    sync.Mutex // guards the rest
	table Mapping
	file  os.FileInfo // that was read last
}

// current returns the mapping as the file has it now. A file that cannot be read
// is an error, not an empty mapping and not an older one: what it would have
// said is not known.
func (f *mappingFile) current() (Mapping, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	if f.file != nil && os.SameFile(info, f.file) && info.Size() == f.file.Size() && info.ModTime().Equal(f.file.ModTime()) {
		return f.table, nil
	}
	table, err := readMapping(f.path)
	if err != nil {
		f.file = nil
		return nil, fmt.Errorf("mapping file %s: %w", f.path, err)
	}
	f.table, f.file = table, info
	return table, nil
}

func readMapping(path string) (m Mapping, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return ParseMapping(file)
}
