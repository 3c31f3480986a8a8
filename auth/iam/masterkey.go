package iam

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ParseMasterKey reads a master key from text: 64 hexadecimal digits.
func ParseMasterKey(text string) (*MasterKey, error) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != MasterKeySize {
		return nil, wrap("ParseMasterKey", "", invalid("a master key is written as 64 hexadecimal digits"))
	}
	return NewMasterKey(key)
}

// LoadMasterKey reads the master key that is in a file. A missing file wraps
// [fs.ErrNotExist].
func LoadMasterKey(path string) (*MasterKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, wrap("LoadMasterKey", "", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4*MasterKeySize))
	if err != nil {
		return nil, wrap("LoadMasterKey", "", err)
	}
	key, err := ParseMasterKey(string(text))
	if err != nil {
		return nil, &Error{Op: "LoadMasterKey", Subject: path, Err: ErrInvalidArgument, Detail: "the file does not hold 64 hexadecimal digits"}
	}
	return key, nil
}

// CreateMasterKey makes a random master key and stores it in a new file, which
// only its owner may read. When it returns, the file survives power loss. It
// never replaces a file: one that is there wraps [fs.ErrExist].
func CreateMasterKey(path string) (*MasterKey, error) {
	key := make([]byte, MasterKeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, wrap("CreateMasterKey", "", err)
	}
	if err := publish(path, []byte(hex.EncodeToString(key)+"\n")); err != nil {
		return nil, wrap("CreateMasterKey", "", err)
	}
	return NewMasterKey(key)
}

// publish makes a file appear whole or not at all: a crash that left half a key
// would be taken for damage at the next start.
func publish(path string, data []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(data); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := tmp.Sync(); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
