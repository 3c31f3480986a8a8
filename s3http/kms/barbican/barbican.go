package barbican

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/s3http/kms"
	"github.com/cofferstore/coffer/s3http/kms/internal/rest"
)

// Options say where Barbican and Keystone are and who asks.
type Options struct {
	// Address is the URL of the key manager, for example "https://keys:9311".
	Address string

	// Keystone is the URL of the identity service, for example
	// "https://identity:5000". Without it, as with Barbican's own
	// unauthenticated context, Project is sent in the header X-Project-Id.
	Keystone string

	// User, Password and Project with their domains prove who asks, or an
	// application credential. Domains are names; default "Default".
	User, Password, UserDomain string
	Project, ProjectDomain     string
	CredentialID, Credential   string // of an application credential

	// DefaultKey is the UUID of the secret where none is named. Default: none.
	DefaultKey string

	// KeyAge is how long a secret is kept in memory; see kms.Options.
	KeyAge time.Duration

	Client *http.Client     // default: one whose calls end after 10 seconds
	Now    func() time.Time // default time.Now
}

// ErrOptions is wrapped by what New says of options that cannot work.
var ErrOptions = errors.New("barbican: options")

func (o Options) withDefaults() (Options, error) {
	password, credential := o.User != "" && o.Password != "" && o.Project != "", o.CredentialID != "" && o.Credential != ""
	switch {
	case !isURL(o.Address) || o.Keystone != "" && !isURL(o.Keystone):
		return o, fmt.Errorf("%w: the addresses must be http or https URLs", ErrOptions)
	case o.Keystone != "" && password == credential:
		return o, fmt.Errorf("%w: either user, password and project or an application credential are needed", ErrOptions)
	}
	o.Address, o.Keystone = strings.TrimRight(o.Address, "/"), strings.TrimSuffix(strings.TrimRight(o.Keystone, "/"), "/v3")
	for _, domain := range []*string{&o.UserDomain, &o.ProjectDomain} {
		if *domain == "" {
			*domain = "Default"
		}
	}
	if o.Client == nil {
		o.Client = rest.DefaultClient()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// New returns a provider; it makes no call.
func New(o Options) (*kms.Secrets, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &client{opt: o}
	return kms.NewSecrets(c.fetch, &kms.Options{DefaultKey: o.DefaultKey, KeyAge: o.KeyAge, Now: o.Now}), nil
}

// client calls the two services.
type client struct {
	opt Options

	mu    sync.Mutex
	token string
	ends  time.Time
}

var validID = regexp.MustCompile(`^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$`)

func (c *client) fetch(ctx context.Context, keyID string, version uint64) (kms.Secret, error) {
	if !validID.MatchString(keyID) || version > 1 {
		return kms.Secret{}, sse.ErrKeyNotFound
	}
	for again := false; ; again = true {
		h, err := c.identity(ctx, again)
		if err != nil {
			return kms.Secret{}, err
		}
		h.Set("Accept", "application/octet-stream")
		a, err := rest.Do(ctx, c.opt.Client, rest.Call{Method: http.MethodGet, URL: c.opt.Address + "/v1/secrets/" + keyID + "/payload", Header: h})
		if err != nil {
			return kms.Secret{}, err
		}
		if a.Status == http.StatusUnauthorized && !again && c.opt.Keystone != "" {
			continue // the token was revoked
		}
		return secret(a)
	}
}

// secret judges the answer to a read of a payload.
func secret(a rest.Answer) (kms.Secret, error) {
	switch {
	case a.Status == http.StatusNotFound:
		return kms.Secret{}, sse.ErrKeyNotFound
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return kms.Secret{}, fmt.Errorf("%w: status %d", sse.ErrKeyDenied, a.Status)
	case a.Status == http.StatusNotAcceptable:
		return kms.Secret{}, fmt.Errorf("%w: the secret is not of bytes", sse.ErrKeyDisabled)
	case a.Status != http.StatusOK:
		return kms.Secret{}, fmt.Errorf("%w: status %d", sse.ErrUnavailable, a.Status)
	case len(a.Body) != sse.KeySize:
		return kms.Secret{}, fmt.Errorf("%w: the secret does not have 32 bytes", sse.ErrKeyDisabled)
	}
	return kms.Secret{Key: sse.Key(a.Body), Version: 1}, nil
}

// identity returns the headers that say who asks.
func (c *client) identity(ctx context.Context, anew bool) (http.Header, error) {
	if c.opt.Keystone == "" {
		return http.Header{"X-Project-Id": {c.opt.Project}}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if anew || c.token == "" || !c.opt.Now().Before(c.ends) {
		if err := c.authenticate(ctx); err != nil {
			return nil, err
		}
	}
	return http.Header{"X-Auth-Token": {c.token}}, nil
}

// early is how long before its end a token is no longer used.
const early = time.Minute

// authenticate gets a token (Identity API v3, POST /v3/auth/tokens).
func (c *client) authenticate(ctx context.Context) error {
	a, err := rest.Do(ctx, c.opt.Client, rest.Call{
		Method: http.MethodPost, URL: c.opt.Keystone + "/v3/auth/tokens", Body: map[string]any{"auth": c.credentials()},
	})
	if err != nil {
		return err
	}
	if a.Status != http.StatusCreated {
		return fmt.Errorf("%w: Keystone refuses with status %d", sse.ErrKeyDenied, a.Status)
	}
	var answer struct {
		Token struct {
			Ends time.Time `json:"expires_at"`
		} `json:"token"`
	}
	if err := a.Decode(&answer); err != nil {
		return err
	}
	c.token, c.ends = a.Header.Get("X-Subject-Token"), answer.Token.Ends.Add(-early)
	return nil
}

func (c *client) credentials() map[string]any {
	type object = map[string]any
	o := &c.opt
	if o.CredentialID != "" {
		return object{"identity": object{
			"methods":                []string{"application_credential"},
			"application_credential": object{"id": o.CredentialID, "secret": o.Credential},
		}}
	}
	return object{
		"identity": object{"methods": []string{"password"}, "password": object{"user": object{
			"name": o.User, "password": o.Password, "domain": object{"name": o.UserDomain},
		}}},
		"scope": object{"project": object{"name": o.Project, "domain": object{"name": o.ProjectDomain}}},
	}
}
