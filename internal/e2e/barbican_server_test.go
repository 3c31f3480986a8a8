package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// barbicanProject is the project that owns the keys of a test.
const barbicanProject = "coffer"

// barbican is a running OpenStack key manager: Barbican's API in its own
// process, secrets in SQLite, and no Keystone.
type barbican struct {
	url  string
	port string // "0" before the first start
	home string // settings and secrets, which a restart keeps
	cmd  *exec.Cmd
	in   io.Closer // ends the process
	log  *syncBuffer
}

// startBarbican starts a key manager without keys and stops it when the test ends.
func startBarbican(t *testing.T) *barbican {
	t.Helper()
	b := &barbican{port: "0", home: t.TempDir(), log: &syncBuffer{}}
	if out, err := b.python(t, "-c", "import barbican").CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("Barbican is not installed: %v\n%s", err, out))
	}
	// The directory is made too, lest one of the machine's is read.
	require.NoError(t, os.MkdirAll(filepath.Join(b.home, ".barbican", "barbican.conf.d"), 0o700))
	kek := base64.URLEncoding.EncodeToString(data(32, 9311))
	settings := strings.NewReplacer("HOME", b.home, "KEK", kek).Replace(`
[DEFAULT]
db_auto_create = true
host_href =
[database]
connection = sqlite:///HOME/barbican.db
[oslo_policy]
# Without Keystone nobody has a role but "admin", which these rules know.
enforce_new_defaults = false
enforce_scope = false
[secretstore]
enabled_secretstore_plugins = store_crypto
[crypto]
enabled_crypto_plugins = simple_crypto
[simple_crypto_plugin]
kek = KEK
`)
	require.NoError(t, os.WriteFile(filepath.Join(b.home, ".barbican", "barbican.conf"), []byte(settings), 0o600))
	b.start(t)
	t.Cleanup(func() { b.stop(t) })
	return b
}

// python prepares a run of the Python that has Barbican, with none of the
// caller's settings.
func (b *barbican) python(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program := cmp.Or(os.Getenv("COFFER_E2E_BARBICAN"), "python3")
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "TMPDIR=" + b.home, "LANG=C.UTF-8"}
	return cmd
}

// start starts the process, on the port that it had before, and waits until it
// listens.
func (b *barbican) start(t *testing.T) {
	t.Helper()
	b.cmd = b.python(t, filepath.Join("testdata", "barbican_server.py"), b.port)
	b.cmd.Stderr = b.log
	in, err := b.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := b.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, b.cmd.Start())
	b.in = in
	late := time.AfterFunc(time.Minute, func() { in.Close() })
	defer late.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		in.Close()
		_ = b.cmd.Wait()
		t.Fatalf("Barbican does not listen: %v\n%s", err, b.log)
	}
	b.port = strings.TrimSpace(line)
	b.url = "http://127.0.0.1:" + b.port
}

// stop ends the process; nothing listens on its port afterwards.
func (b *barbican) stop(t *testing.T) {
	t.Helper()
	if b.cmd == nil {
		return
	}
	b.in.Close()
	cmd := b.cmd
	b.cmd = nil
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	require.NoError(t, cmd.Wait(), "%s", b.log)
}

// call sends a request of a project and decodes the answer into v, if any.
func (b *barbican) call(t *testing.T, project, method, path string, body, v any) {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, bytes.NewReader(text))
	require.NoError(t, err)
	r.Header = http.Header{"X-Project-Id": {project}, "Content-Type": {"application/json"}, "Accept": {"application/json"}}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, resp.StatusCode, 300, "%s %s: %s\n%s", method, path, text, b.log)
	if v != nil {
		require.NoError(t, json.Unmarshal(text, v), "%s", text)
	}
}

// store keeps bytes of the caller's as a secret and returns its UUID. Nil is a
// secret without a payload.
func (b *barbican) store(t *testing.T, project string, payload []byte) string {
	t.Helper()
	secret := map[string]any{"name": "e2e", "secret_type": "symmetric", "algorithm": "aes", "bit_length": 256}
	if payload != nil {
		secret["payload"] = base64.StdEncoding.EncodeToString(payload)
		secret["payload_content_type"], secret["payload_content_encoding"] = "application/octet-stream", "base64"
	}
	var stored struct {
		Ref string `json:"secret_ref"`
	}
	b.call(t, project, http.MethodPost, "/v1/secrets", secret, &stored)
	return path.Base(stored.Ref)
}

// order lets Barbican make a key and returns its UUID.
func (b *barbican) order(t *testing.T) string {
	t.Helper()
	var ordered struct {
		Ref string `json:"order_ref"`
	}
	b.call(t, barbicanProject, http.MethodPost, "/v1/orders", map[string]any{"type": "key", "meta": map[string]any{
		"name": "e2e", "algorithm": "aes", "bit_length": 256, "payload_content_type": "application/octet-stream",
	}}, &ordered)
	var made struct {
		Status string
		Ref    string `json:"secret_ref"`
	}
	b.call(t, barbicanProject, http.MethodGet, "/v1/orders/"+path.Base(ordered.Ref), nil, &made)
	require.Equal(t, "ACTIVE", made.Status)
	return path.Base(made.Ref)
}

// remove deletes a secret.
func (b *barbican) remove(t *testing.T, id string) {
	t.Helper()
	b.call(t, barbicanProject, http.MethodDelete, "/v1/secrets/"+id, nil, nil)
}

// coffer starts a server on the data directory that takes its keys here.
func (b *barbican) coffer(t *testing.T, data, defaultKey string) *server {
	t.Helper()
	s := launch(t, data, "--kms", "barbican", "--kms-address", b.url, "--kms-project", barbicanProject, "--kms-key", defaultKey)
	t.Cleanup(func() { s.stop(t) })
	return s
}
