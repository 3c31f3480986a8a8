package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/s3http/kms/internal/rest"
)

// AppRole are credentials of the auth method approle.
type AppRole struct {
	RoleID, SecretID string
	Mount            string // default "approle"
}

// Options say where Vault is and who asks.
type Options struct {
	// Address is the URL of the server, for example "https://vault:8200".
	Address string

	// Namespace is one of Vault Enterprise or OpenBao. Default: none.
	Namespace string

	// Token or AppRole proves who asks; one of them is needed.
	Token   string
	AppRole *AppRole

	// Mount is where the engine is mounted. Default "transit" or "secret".
	Mount string

	// DefaultKey is the key where none is named. Default "coffer".
	DefaultKey string

	// Field is the field of a kv secret that holds the key: base64 of 32
	// bytes. Default "key".
	Field string

	// KeyAge is how long a kv secret is kept in memory; see kms.Options.
	KeyAge time.Duration

	Client *http.Client     // default: one whose calls end after 10 seconds
	Now    func() time.Time // default time.Now
}

// ErrOptions is wrapped by what constructors say of options that cannot work.
var ErrOptions = errors.New("vault: options")

func (o Options) withDefaults(mount string) (Options, error) {
	u, err := url.Parse(o.Address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return o, fmt.Errorf("%w: the address must be an http or https URL", ErrOptions)
	case (o.Token == "") == (o.AppRole == nil):
		return o, fmt.Errorf("%w: either a token or an AppRole is needed", ErrOptions)
	}
	o.Address = strings.TrimRight(o.Address, "/")
	if o.Mount = strings.Trim(o.Mount, "/"); o.Mount == "" {
		o.Mount = mount
	}
	if o.DefaultKey == "" {
		o.DefaultKey = "coffer"
	}
	if o.Field == "" {
		o.Field = "key"
	}
	if o.Client == nil {
		o.Client = rest.DefaultClient()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// client calls the API, version 1, with a token.
type client struct {
	opt Options

	mu      sync.Mutex
	token   string
	renewAt time.Time // zero: the token does not end
}

func newClient(o Options) *client { return &client{opt: o, token: o.Token} }

// call makes one call. A token that is refused is got anew once.
func (c *client) call(ctx context.Context, method, path string, body any) (rest.Answer, error) {
	for again := false; ; again = true {
		token, err := c.login(ctx, again)
		if err != nil {
			return rest.Answer{}, err
		}
		a, err := c.send(ctx, method, path, token, body)
		if err != nil || a.Status != http.StatusForbidden {
			return a, err
		}
		if again || c.opt.AppRole == nil {
			return a, sse.ErrKeyDenied
		}
	}
}

func (c *client) send(ctx context.Context, method, path, token string, body any) (rest.Answer, error) {
	h := http.Header{"X-Vault-Request": {"true"}}
	if token != "" {
		h.Set("X-Vault-Token", token)
	}
	if c.opt.Namespace != "" {
		h.Set("X-Vault-Namespace", c.opt.Namespace)
	}
	return rest.Do(ctx, c.opt.Client, rest.Call{Method: method, URL: c.opt.Address + "/v1/" + path, Header: h, Body: body})
}

// login returns a token; those of an AppRole are got anew when two thirds of
// their time are over.
func (c *client) login(ctx context.Context, anew bool) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	role := c.opt.AppRole
	fresh := c.token != "" && (c.renewAt.IsZero() || c.opt.Now().Before(c.renewAt))
	if role == nil || fresh && !anew {
		return c.token, nil
	}
	mount := strings.Trim(role.Mount, "/")
	if mount == "" {
		mount = "approle"
	}
	a, err := c.send(ctx, http.MethodPost, "auth/"+mount+"/login", "", map[string]string{"role_id": role.RoleID, "secret_id": role.SecretID})
	if err != nil {
		return "", err
	}
	if a.Status != http.StatusOK {
		return "", fmt.Errorf("%w: the AppRole is refused with status %d", sse.ErrKeyDenied, a.Status)
	}
	var answer struct {
		Auth struct {
			Token    string `json:"client_token"`
			Duration int64  `json:"lease_duration"` // seconds, 0 = does not end
		} `json:"auth"`
	}
	if err := a.Decode(&answer); err != nil {
		return "", err
	}
	c.token, c.renewAt = answer.Auth.Token, time.Time{}
	if d := answer.Auth.Duration; d > 0 {
		c.renewAt = c.opt.Now().Add(time.Duration(d) * time.Second * 2 / 3)
	}
	return c.token, nil
}
