package vault

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/s3http/kms/internal/rest"
)

// validName are names of transit keys (Vault: transit, "name").
var validName = regexp.MustCompile(`^\w[\w.-]{0,255}$`)

// Transit wraps data keys with the secrets engine transit. Keys must be of a
// type with associated data: aes256-gcm96, the default, or chacha20-poly1305.
type Transit struct{ c *client }

var _ sse.KeyProvider = (*Transit)(nil)

// NewTransit returns a provider; it makes no call.
func NewTransit(o Options) (*Transit, error) {
	o, err := o.withDefaults("transit")
	if err != nil {
		return nil, err
	}
	return &Transit{newClient(o)}, nil
}

// DataKey implements [sse.KeyProvider].
func (t *Transit) DataKey(ctx context.Context, keyID string, additional []byte) (sse.DataKey, error) {
	if keyID == "" {
		keyID = t.c.opt.DefaultKey
	}
	d := sse.DataKey{Key: sse.NewKey(), KeyID: keyID}
	var answer struct {
		Ciphertext string `json:"ciphertext"`
	}
	err := t.call(ctx, "encrypt", keyID, map[string]string{
		"plaintext":       base64.StdEncoding.EncodeToString(d.Key[:]),
		"associated_data": base64.StdEncoding.EncodeToString(additional),
	}, &answer)
	if err != nil {
		return sse.DataKey{}, err
	}
	if !strings.HasPrefix(answer.Ciphertext, "vault:v") {
		return sse.DataKey{}, fmt.Errorf("%w: the answer has no ciphertext", sse.ErrUnavailable)
	}
	d.Wrapped = []byte(answer.Ciphertext)
	return d, nil
}

// Unwrap implements [sse.KeyProvider].
func (t *Transit) Unwrap(ctx context.Context, keyID string, wrapped, additional []byte) (sse.Key, error) {
	var answer struct {
		Plaintext string `json:"plaintext"`
	}
	err := t.call(ctx, "decrypt", keyID, map[string]string{
		"ciphertext":      string(wrapped),
		"associated_data": base64.StdEncoding.EncodeToString(additional),
	}, &answer)
	if err != nil {
		return sse.Key{}, err
	}
	raw, err := base64.StdEncoding.DecodeString(answer.Plaintext)
	if err != nil || len(raw) != sse.KeySize {
		return sse.Key{}, sse.ErrWrongKey
	}
	return sse.Key(raw), nil
}

// call calls an operation on a key; v receives the member data of the answer.
func (t *Transit) call(ctx context.Context, op, keyID string, body, v any) error {
	if !validName.MatchString(keyID) {
		return sse.ErrKeyNotFound
	}
	a, err := t.c.call(ctx, http.MethodPost, t.c.opt.Mount+"/"+op+"/"+keyID, body)
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK {
		return refused(a)
	}
	return a.Decode(&struct{ Data any }{v})
}

// refused explains an answer that is not 200: Vault tells most of it in text.
func refused(a rest.Answer) error {
	var answer struct{ Errors []string }
	_ = a.Decode(&answer) // the status says enough
	text := strings.Join(answer.Errors, "; ")
	switch {
	case a.Status == http.StatusNotFound, strings.Contains(text, "key not found"), strings.Contains(text, "policy not found"):
		return sse.ErrKeyNotFound
	case strings.Contains(text, "disallowed by policy"), strings.Contains(text, "version is too old"):
		return fmt.Errorf("%w: %s", sse.ErrKeyDisabled, text)
	case a.Status == http.StatusBadRequest:
		return fmt.Errorf("%w: %s", sse.ErrWrongKey, text)
	}
	return fmt.Errorf("%w: status %d: %s", sse.ErrUnavailable, a.Status, text)
}
