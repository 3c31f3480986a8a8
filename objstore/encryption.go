package objstore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cofferstore/coffer/objstore/sse"
)

// Encryption asks for the bytes of an object to be encrypted.
type Encryption struct {
	Mode sse.Mode

	// CustomerKey is the key of [sse.ModeCustomer]. It is not stored.
	CustomerKey *sse.Key

	// KeyID names the master key of [sse.ModeKMS]; "" is the provider's
	// default. Context is authenticated with the data key and told to readers.
	KeyID   string
	Context map[string]string

	// BucketKey lets the objects of the bucket share calls of the key provider
	// (S3: bucket keys); see Options.BucketKeyAge.
	BucketKey bool
}

// EncryptionInfo tells how an object is encrypted.
type EncryptionInfo struct {
	Mode      sse.Mode
	KeyID     string // of the master key, with [sse.ModeKMS]
	Context   map[string]string
	BucketKey bool

	master  string // id of the master key, unless that is the customer's
	wrapped []byte // the data key
}

// plainETag tells whether the ETag of an object is of its bytes.
func (e *EncryptionInfo) plainETag() bool { return e == nil || e.Mode.PlainETag() }

// additional is authenticated with the data key: what is here cannot be
// changed in the row without the key provider's help.
func (e *EncryptionInfo) additional() []byte {
	b := appendBytes([]byte("coffer object v1 "), e.Mode)
	return appendContext(b, e.Context)
}

func appendContext(b []byte, context map[string]string) []byte {
	for _, k := range slices.Sorted(maps.Keys(context)) {
		b = appendBytes(b, k)
		b = appendBytes(b, context[k])
	}
	return b
}

// sealing is how a body is to be stored; nil is in the clear.
type sealing struct {
	info *EncryptionInfo
	key  sse.Key
}

// dataKey returns the key of a body, or nil.
func (g *sealing) dataKey() *sse.Key {
	if g == nil {
		return nil
	}
	return &g.key
}

// describe sets what a record tells of the encryption. The ETag of an object
// whose key is not the server's own is random, so that it tells nothing of the
// bytes.
func (g *sealing) describe(info *ObjectInfo) {
	if g == nil {
		return
	}
	info.Encryption = g.info
	if !g.info.plainETag() {
		info.ETag = randomETag()
	}
}

func randomETag() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// newSealing makes the data key of an object; nil asks for none.
func (b *Bucket) newSealing(ctx context.Context, e *Encryption) (*sealing, error) {
	if e == nil || e.Mode == sse.ModeNone {
		return nil, nil
	}
	g := &sealing{info: &EncryptionInfo{Mode: e.Mode}}
	switch e.Mode {
	case sse.ModeCustomer:
		if e.CustomerKey == nil {
			return nil, fmt.Errorf("%w: the customer's key is missing", ErrInvalidArgument)
		}
		g.key = sse.NewKey()
		g.info.wrapped = e.CustomerKey.Wrap(g.key, g.info.additional())
		return g, nil
	case sse.ModeKMS:
		g.info.Context, g.info.BucketKey = e.Context, e.BucketKey
	case sse.ModeS3:
	default:
		return nil, fmt.Errorf("%w: encryption mode %q", ErrInvalidArgument, e.Mode)
	}
	return g, b.wrapSealing(ctx, g, e.KeyID)
}

// wrapSealing has the key provider make the data key.
func (b *Bucket) wrapSealing(ctx context.Context, g *sealing, keyID string) error {
	p, err := b.s.provider(g.info.Mode)
	if err != nil {
		return err
	}
	if g.info.BucketKey {
		g.key = sse.NewKey()
		g.info.wrapped, g.info.master, err = b.s.keys.wrap(ctx, p, b.info.Ref, keyID, g.key, g.info.additional())
		g.info.KeyID = g.info.master
		return err
	}
	d, err := p.DataKey(ctx, keyID, g.info.additional())
	if err != nil {
		return err
	}
	g.key, g.info.wrapped, g.info.master = d.Key, d.Wrapped, d.KeyID
	if g.info.Mode == sse.ModeKMS {
		g.info.KeyID = d.KeyID
	}
	return nil
}

func (s *Store) provider(m sse.Mode) (sse.KeyProvider, error) {
	p := s.opt.Keys
	if m == sse.ModeKMS {
		p = s.opt.KMS
	}
	if p == nil {
		return nil, fmt.Errorf("%w: %s", ErrEncryptionNotConfigured, m)
	}
	return p, nil
}

// unseal opens the data key of an object; customer is only looked at where the
// key is the customer's. nil info is an object in the clear.
func (s *Store) unseal(ctx context.Context, e *EncryptionInfo, customer *sse.Key) (*sse.Key, error) {
	if e == nil {
		return nil, nil
	}
	if e.Mode == sse.ModeCustomer {
		return unsealCustomer(e, customer)
	}
	p, err := s.provider(e.Mode)
	if err != nil {
		return nil, err
	}
	var key sse.Key
	if e.BucketKey {
		key, err = s.keys.unwrap(ctx, p, e.master, e.wrapped, e.additional())
	} else {
		key, err = p.Unwrap(ctx, e.master, e.wrapped, e.additional())
	}
	if errors.Is(err, sse.ErrWrongKey) {
		return nil, fmt.Errorf("%w: the data key: %w", ErrInvalidStorageStructure, err)
	}
	if err != nil {
		return nil, err
	}
	return &key, nil
}

func unsealCustomer(e *EncryptionInfo, customer *sse.Key) (*sse.Key, error) {
	if customer == nil {
		return nil, ErrEncryptionKeyMissing
	}
	key, err := customer.Unwrap(e.wrapped, e.additional())
	if err != nil {
		return nil, ErrEncryptionKeyWrong
	}
	return &key, nil
}

// Unlock gives the customer's key to an object that is encrypted with one; it
// must come before Open and before copies. Another key than the object's is
// [ErrEncryptionKeyWrong], no key [ErrEncryptionKeyMissing], and a key for an
// object that has none [ErrEncryptionKeyUnused].
func (o *Object) Unlock(customer *sse.Key) error {
	return o.b.wrap("Unlock", o.rec.info.Key, o.unlock(customer))
}

func (o *Object) unlock(customer *sse.Key) error {
	key, err := unlock(o.rec.info.Encryption, customer)
	if err == nil && key != nil {
		o.key, o.customer = key, customer
	}
	return err
}

// unlock returns the data key where that is under the customer's.
func unlock(e *EncryptionInfo, customer *sse.Key) (*sse.Key, error) {
	if e == nil || e.Mode != sse.ModeCustomer {
		if customer != nil {
			return nil, ErrEncryptionKeyUnused
		}
		return nil, nil
	}
	return unsealCustomer(e, customer)
}

// dataKey returns the object's data key, nil for one in the clear.
func (o *Object) dataKey(ctx context.Context) (*sse.Key, error) {
	if o.key == nil {
		key, err := o.b.s.unseal(ctx, o.rec.info.Encryption, nil)
		if err != nil {
			return nil, err
		}
		o.key = key
	}
	return o.key, nil
}

// reader opens a reader of the object; body is that of an inline one.
func (o *Object) reader(ctx context.Context, body []byte) (*Reader, error) {
	key, err := o.dataKey(ctx)
	if err != nil {
		return nil, err
	}
	return newReader(ctx, o.b.s, &o.rec, body, o.pin, key)
}

// sharesKey tells whether a copy that is asked for as e may have the object's
// own data key, and so share its bytes.
func (o *Object) sharesKey(e *Encryption) bool {
	from := o.rec.info.Encryption
	if e == nil || e.Mode == sse.ModeNone || from == nil {
		return from == nil && (e == nil || e.Mode == sse.ModeNone)
	}
	if from.Mode != e.Mode {
		return false
	}
	switch e.Mode {
	case sse.ModeCustomer:
		return o.customer != nil && e.CustomerKey != nil && o.customer.Equal(*e.CustomerKey)
	case sse.ModeKMS:
		return from.KeyID == e.KeyID && from.BucketKey == e.BucketKey && maps.Equal(from.Context, e.Context)
	}
	return true
}

// storedSize returns how many bytes n bytes of an object are on the media.
func storedSize(n int64, sealed bool) int64 {
	if sealed {
		return sse.SealedSize(n)
	}
	return n
}

// plainSize is the inverse of storedSize; -1 is what no body has.
func plainSize(n int64, sealed bool) int64 {
	if !sealed {
		return n
	}
	if n, ok := sse.PlainSize(n); ok {
		return n
	}
	return -1
}

// Unlock gives the customer's key to an upload that is encrypted with one; it
// must come before parts are stored. Errors are those of [Object.Unlock], but
// [ErrEncryptionKeyMismatch] for another key than the one it was begun with.
func (u *Upload) Unlock(customer *sse.Key) error {
	key, err := unlock(u.info.Encryption, customer)
	if errors.Is(err, ErrEncryptionKeyWrong) {
		err = ErrEncryptionKeyMismatch
	}
	if err != nil {
		return u.b.wrap("Unlock", u.info.Key, err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if key != nil {
		u.key = key
	}
	return nil
}

// dataKey returns the data key of the parts, nil when they are in the clear.
func (u *Upload) dataKey(ctx context.Context) (*sse.Key, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.key == nil {
		key, err := u.b.s.unseal(ctx, u.info.Encryption, nil)
		if err != nil {
			return nil, err
		}
		u.key = key
	}
	return u.key, nil
}

// describe marks a part of an encrypted upload.
func (u *Upload) describe(p *part) {
	p.sealed = u.info.Encryption != nil
	if !u.info.Encryption.plainETag() {
		_, _ = rand.Read(p.md5[:]) // never fails
	}
}
