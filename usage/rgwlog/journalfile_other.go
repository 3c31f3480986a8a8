//go:build !linux

package rgwlog

import "os"

// journalFile is a file that is appended to.
type journalFile struct{ *os.File }

func createJournal(path string) (*journalFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &journalFile{f}, nil
}
