package barbican

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/sse"
)

const (
	uuid  = "0b2f4a5e-2c3d-4e5f-8a9b-0c1d2e3f4a5b"
	other = "11111111-2c3d-4e5f-8a9b-0c1d2e3f4a5b"
)

// fakeCloud answers as Keystone (Identity API v3) and Barbican (v1) do.
type fakeCloud struct {
	*httptest.Server
	now     time.Time
	tokens  map[string]bool
	logins  int
	reads   int
	secrets map[string][]byte
	text    map[string]bool // secrets that are not bytes
	asked   map[string]any  // body of the last login
}

func newFakeCloud(t testing.TB) *fakeCloud {
	c := &fakeCloud{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), tokens: map[string]bool{}, secrets: map[string][]byte{}, text: map[string]bool{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *fakeCloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/identity/v3/auth/tokens" {
		c.login(w, r)
		return
	}
	id, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/key-manager/v1/secrets/"), "/payload")
	switch {
	case !c.tokens[r.Header.Get("X-Auth-Token")] && r.Header.Get("X-Project-Id") == "":
		http.Error(w, "Authentication required", http.StatusUnauthorized)
	case !ok || c.secrets[id] == nil:
		http.Error(w, `{"code": 404, "title": "Not Found"}`, http.StatusNotFound)
	case c.text[id] || r.Header.Get("Accept") != "application/octet-stream":
		http.Error(w, `{"code": 406}`, http.StatusNotAcceptable)
	default:
		c.reads++
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(c.secrets[id])
	}
}

func (c *fakeCloud) login(w http.ResponseWriter, r *http.Request) {
	c.asked = nil
	_ = json.NewDecoder(r.Body).Decode(&c.asked)
	text, _ := json.Marshal(c.asked)
	if !strings.Contains(string(text), `"password":"right"`) && !strings.Contains(string(text), `"secret":"right"`) {
		http.Error(w, `{"error": {"code": 401}}`, http.StatusUnauthorized)
		return
	}
	c.logins++
	token := "token" + strconv.Itoa(c.logins)
	c.tokens[token] = true
	w.Header().Set("X-Subject-Token", token)
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"token": map[string]any{"expires_at": c.now.Add(time.Hour).Format("2006-01-02T15:04:05.000000Z")}})
}

func (c *fakeCloud) options() Options {
	return Options{
		Address: c.URL + "/key-manager/", Keystone: c.URL + "/identity/v3", User: "coffer", Password: "right", Project: "service",
		DefaultKey: uuid, Now: func() time.Time { return c.now },
	}
}

func roundTrip(t testing.TB, p sse.KeyProvider) {
	t.Helper()
	d, err := p.DataKey(t.Context(), "", []byte("context"))
	require.NoError(t, err)
	assert.Equal(t, uuid, d.KeyID)
	key, err := p.Unwrap(t.Context(), d.KeyID, d.Wrapped, []byte("context"))
	require.NoError(t, err)
	assert.True(t, d.Key.Equal(key))
}

func TestBarbican(t *testing.T) {
	c := newFakeCloud(t)
	key := sse.NewKey()
	c.secrets[uuid] = key[:]
	p, err := New(c.options())
	require.NoError(t, err)
	roundTrip(t, p)
	roundTrip(t, p)
	assert.Equal(t, 1, c.logins)
	assert.Equal(t, 2, c.reads, "a secret is kept: the newest and version 1")
	c.now = c.now.Add(time.Hour)
	roundTrip(t, p)
	assert.Equal(t, 2, c.logins, "a token that ends is got anew")
	clear(c.tokens)
	c.now = c.now.Add(10 * time.Minute)
	roundTrip(t, p)
	assert.Equal(t, 3, c.logins, "and one that was revoked")
}

func TestCredentials(t *testing.T) {
	c := newFakeCloud(t)
	key := sse.NewKey()
	c.secrets[uuid] = key[:]
	o := c.options()
	o.User, o.Password, o.Project, o.CredentialID, o.Credential = "", "", "", "id", "right"
	p, err := New(o)
	require.NoError(t, err)
	roundTrip(t, p)
	assert.Contains(t, c.asked["auth"].(map[string]any)["identity"], "application_credential")
	p, err = New(Options{Address: o.Address, Project: "p", DefaultKey: uuid})
	require.NoError(t, err)
	roundTrip(t, p) // without Keystone
	o = c.options()
	o.Password = "wrong"
	p, err = New(o)
	require.NoError(t, err)
	_, err = p.DataKey(t.Context(), "", nil)
	assert.ErrorIs(t, err, sse.ErrKeyDenied)
}

func TestErrors(t *testing.T) {
	c := newFakeCloud(t)
	p, err := New(c.options())
	require.NoError(t, err)
	ctx := t.Context()
	for _, id := range []string{"", other, "x", "../../v1/x", uuid + "/.."} {
		_, err = p.DataKey(ctx, id, nil)
		assert.ErrorIs(t, err, sse.ErrKeyNotFound, id)
	}
	c.secrets[uuid], c.secrets[other] = []byte("short"), []byte("text")
	c.text[other] = true
	for _, id := range []string{uuid, other} {
		_, err = p.DataKey(ctx, id, nil)
		assert.ErrorIs(t, err, sse.ErrKeyDisabled)
	}
	c.Close()
	_, err = p.DataKey(ctx, uuid, nil)
	assert.ErrorIs(t, err, sse.ErrUnavailable)
	for why, o := range map[string]Options{
		"no address":    {},
		"no identity":   {Address: "http://a", Keystone: "http://b"},
		"half of it":    {Address: "http://a", Keystone: "http://b", User: "u"},
		"two at a time": {Address: "http://a", Keystone: "http://b", User: "u", Password: "p", Project: "p", CredentialID: "c", Credential: "d"},
	} {
		_, err := New(o)
		assert.ErrorIs(t, err, ErrOptions, why)
	}
}
