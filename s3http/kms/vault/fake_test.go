package vault

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cofferstore/coffer/objstore/sse"
)

// fakeVault answers as Vault does, as far as its API documentation tells: auth
// approle, engines transit and kv (version 2).
type fakeVault struct {
	*httptest.Server

	mu      sync.Mutex
	tokens  map[string]bool
	logins  int
	calls   int
	sealed  bool
	transit map[string][]sse.Key // versions
	oldest  map[string]int
	kv      map[string][]string // values of the field "key", "" = deleted
	spaces  []string            // namespaces that were asked for
}

func newFakeVault(t testing.TB) *fakeVault {
	v := &fakeVault{
		tokens:  map[string]bool{"root": true},
		transit: map[string][]sse.Key{}, oldest: map[string]int{}, kv: map[string][]string{},
	}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, status int, text ...string) {
	if text == nil {
		text = []string{}
	}
	answer(w, status, map[string]any{"errors": text})
}

func (v *fakeVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls++
	v.spaces = append(v.spaces, r.Header.Get("X-Vault-Namespace"))
	if v.sealed {
		fail(w, 503, "Vault is sealed")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	var body map[string]string
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			fail(w, 400, "failed to parse JSON input")
			return
		}
	}
	if path == "auth/approle/login" {
		v.login(w, body)
		return
	}
	if !v.tokens[r.Header.Get("X-Vault-Token")] {
		fail(w, 403, "permission denied")
		return
	}
	switch parts := strings.SplitN(path, "/", 3); {
	case r.Method == http.MethodPost && parts[0] == "transit" && parts[1] == "encrypt":
		v.encrypt(w, parts[2], body)
	case r.Method == http.MethodPost && parts[0] == "transit" && parts[1] == "decrypt":
		v.decrypt(w, parts[2], body)
	case r.Method == http.MethodGet && parts[0] == "secret" && parts[1] == "data":
		v.read(w, parts[2], r.URL.Query().Get("version"))
	default:
		fail(w, 404)
	}
}

func (v *fakeVault) login(w http.ResponseWriter, body map[string]string) {
	if body["role_id"] != "role" || body["secret_id"] != "secret" {
		fail(w, 400, "invalid role or secret ID")
		return
	}
	v.logins++
	token := "hvs.role" + strconv.Itoa(v.logins)
	v.tokens[token] = true
	answer(w, 200, map[string]any{"auth": map[string]any{"client_token": token, "lease_duration": 1200, "renewable": true}})
}

func (v *fakeVault) encrypt(w http.ResponseWriter, key string, body map[string]string) {
	versions := v.transit[key]
	plain, err := base64.StdEncoding.DecodeString(body["plaintext"])
	switch {
	case len(versions) == 0:
		fail(w, 400, "encryption key not found")
		return
	case err != nil || len(plain) != sse.KeySize:
		fail(w, 400, "failed to base64-decode plaintext")
		return
	}
	sealed := versions[len(versions)-1].Wrap(sse.Key(plain), []byte(body["associated_data"]))
	answer(w, 200, map[string]any{"data": map[string]any{
		"ciphertext":  fmt.Sprintf("vault:v%d:%s", len(versions), base64.StdEncoding.EncodeToString(sealed)),
		"key_version": len(versions),
	}})
}

func (v *fakeVault) decrypt(w http.ResponseWriter, key string, body map[string]string) {
	versions := v.transit[key]
	if len(versions) == 0 {
		fail(w, 400, "encryption key not found")
		return
	}
	parts := strings.Split(body["ciphertext"], ":")
	if len(parts) != 3 || parts[0] != "vault" {
		fail(w, 400, "invalid ciphertext: no prefix")
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(parts[1], "v"))
	if err != nil || n < 1 || n > len(versions) {
		fail(w, 400, "invalid ciphertext: version is too new")
		return
	}
	if n < v.oldest[key] {
		fail(w, 400, "ciphertext or signature version is disallowed by policy (too old)")
		return
	}
	sealed, _ := base64.StdEncoding.DecodeString(parts[2])
	plain, err := versions[n-1].Unwrap(sealed, []byte(body["associated_data"]))
	if err != nil {
		fail(w, 400, "cipher: message authentication failed")
		return
	}
	answer(w, 200, map[string]any{"data": map[string]any{"plaintext": base64.StdEncoding.EncodeToString(plain[:])}})
}

func (v *fakeVault) read(w http.ResponseWriter, path, version string) {
	versions := v.kv[path]
	n := len(versions)
	if version != "" {
		n, _ = strconv.Atoi(version)
	}
	if n < 1 || n > len(versions) {
		fail(w, 404)
		return
	}
	meta := map[string]any{"version": n, "destroyed": false, "deletion_time": "", "created_time": "2026-03-01T12:00:00Z"}
	if versions[n-1] == "" {
		meta["deletion_time"] = "2026-03-02T12:00:00Z"
		answer(w, 404, map[string]any{"data": map[string]any{"data": nil, "metadata": meta}})
		return
	}
	answer(w, 200, map[string]any{"data": map[string]any{"data": map[string]any{"key": versions[n-1]}, "metadata": meta}})
}

// change changes the server's state.
func (v *fakeVault) change(fn func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fn()
}
