package vault

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/s3http/kms"
)

// validPath are paths of secrets: segments that need no escape, none of which
// leads upwards.
var validPath = regexp.MustCompile(`^\w[\w.-]*(/\w[\w.-]*){0,15}$`)

// maxPath bounds the path of a secret, in bytes.
const maxPath = 512

// NewKV returns a provider whose master keys are secrets of the secrets engine
// kv, version 2; the id of a key is the path of its secret. It makes no call.
func NewKV(o Options) (*kms.Secrets, error) {
	o, err := o.withDefaults("secret")
	if err != nil {
		return nil, err
	}
	s := &kv{newClient(o)}
	return kms.NewSecrets(s.fetch, &kms.Options{DefaultKey: o.DefaultKey, KeyAge: o.KeyAge, Now: o.Now}), nil
}

type kv struct{ c *client }

// kvAnswer is the answer to a read of a secret.
type kvAnswer struct {
	Data struct {
		Data     map[string]any `json:"data"`
		Metadata struct {
			Version uint64 `json:"version"`
		} `json:"metadata"`
	} `json:"data"`
}

func (s *kv) fetch(ctx context.Context, keyID string, version uint64) (kms.Secret, error) {
	if len(keyID) > maxPath || !validPath.MatchString(keyID) {
		return kms.Secret{}, sse.ErrKeyNotFound
	}
	path := s.c.opt.Mount + "/data/" + keyID
	if version > 0 {
		path += "?version=" + strconv.FormatUint(version, 10)
	}
	a, err := s.c.call(ctx, http.MethodGet, path, nil)
	if err != nil {
		return kms.Secret{}, err
	}
	var answer kvAnswer
	switch a.Status {
	case http.StatusOK:
		if err := a.Decode(&answer); err != nil {
			return kms.Secret{}, err
		}
	case http.StatusNotFound:
		// A version that was deleted is told with its metadata.
		if a.Decode(&answer) == nil && answer.Data.Metadata.Version > 0 {
			return kms.Secret{}, fmt.Errorf("%w: version %d of the secret is deleted", sse.ErrKeyDisabled, answer.Data.Metadata.Version)
		}
		return kms.Secret{}, sse.ErrKeyNotFound
	default:
		return kms.Secret{}, refused(a)
	}
	text, _ := answer.Data.Data[s.c.opt.Field].(string)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != sse.KeySize || answer.Data.Metadata.Version == 0 {
		return kms.Secret{}, fmt.Errorf("%w: field %q of the secret does not hold base64 of 32 bytes", sse.ErrKeyDisabled, s.c.opt.Field)
	}
	return kms.Secret{Key: sse.Key(raw), Version: answer.Data.Metadata.Version}, nil
}
