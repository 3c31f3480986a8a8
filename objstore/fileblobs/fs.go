package fileblobs

import "github.com/cofferstore/coffer/internal/diskfs"

// FS is what this package needs of a file system. The default is the operating
// system's; tests put simulations in its place.
type FS = diskfs.FS

// File is an open file of an [FS]. A File that stands on an *os.File may also
// have a method OSFile() *os.File, for readers that want sendfile.
type File = diskfs.File
