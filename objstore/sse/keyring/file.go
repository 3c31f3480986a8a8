package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cofferstore/coffer/objstore/sse"
)

// place binds what was sealed to its purpose.
const place = "coffer keyring v1"

// contents is the file before it is sealed.
type contents struct {
	Keys map[string]*key `json:"keys"`
}

// refresh reads the file if it is another than was read before: a change
// replaces it, so that the file of another inode is another file.
func (r *Ring) refresh() error {
	if r.path == "" {
		return nil // in memory
	}
	info, err := os.Stat(r.path)
	if err != nil {
		return err
	}
	if r.state != nil && os.SameFile(r.state, info) && r.state.ModTime().Equal(info.ModTime()) && r.state.Size() == info.Size() {
		return nil
	}
	sealed, err := os.ReadFile(r.path)
	if err != nil {
		return err
	}
	plain, err := r.sealer.Open(sealed, []byte(place))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnreadable, r.path, err)
	}
	var c contents
	if err := json.Unmarshal(plain, &c); err != nil || !c.valid() {
		return fmt.Errorf("%w: %s", ErrUnreadable, r.path)
	}
	r.keys, r.state = c.Keys, info
	return nil
}

func (c *contents) valid() bool {
	for _, k := range c.Keys {
		if k == nil || len(k.Versions) == 0 {
			return false
		}
		for _, v := range k.Versions {
			if len(v.Secret) != sse.KeySize {
				return false
			}
		}
	}
	return c.Keys != nil
}

// write replaces the file as a whole. When it returns, the new one survives
// power loss.
func (r *Ring) write(keys map[string]*key) error {
	if r.path == "" {
		return nil
	}
	plain, err := json.Marshal(contents{Keys: keys})
	if err != nil {
		return err
	}
	sealed, err := r.sealer.Seal(plain, []byte(place))
	if err != nil {
		return err
	}
	dir := filepath.Dir(r.path)
	tmp, err := os.CreateTemp(dir, filepath.Base(r.path)+".*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(sealed)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), r.path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
