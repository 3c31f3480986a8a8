package certfile_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/certfile"
)

// pair returns a self-signed certificate and its key.
func pair(t testing.TB, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// files are a certificate on disk, a clock and a log.
type files struct {
	cert, key string
	now       time.Time
	log       bytes.Buffer
	writes    int
}

func (f *files) write(t testing.TB, path string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, data, 0o600))
	f.writes++ // a time of its own, however coarse the file system's clock is
	stamp := time.Unix(1e9+int64(f.writes), 0)
	require.NoError(t, os.Chtimes(path, stamp, stamp))
}

func setup(t testing.TB) (*files, *certfile.Pair) {
	t.Helper()
	dir := t.TempDir()
	f := &files{cert: filepath.Join(dir, "tls.crt"), key: filepath.Join(dir, "tls.key"), now: time.Unix(2e9, 0)}
	cert, key := pair(t, "first")
	f.write(t, f.cert, cert)
	f.write(t, f.key, key)
	p, err := certfile.Load(f.cert, f.key, &certfile.Options{
		Now: func() time.Time { return f.now }, Logger: slog.New(slog.NewTextHandler(&f.log, nil)),
	})
	require.NoError(t, err)
	return f, p
}

func served(t testing.TB, p *certfile.Pair) string {
	t.Helper()
	c, err := p.Certificate(nil)
	require.NoError(t, err)
	return c.Leaf.Subject.CommonName
}

func TestRenewal(t *testing.T) {
	f, p := setup(t)
	cert, key := pair(t, "second")
	f.write(t, f.cert, cert)
	f.write(t, f.key, key)
	f.now = f.now.Add(time.Second - 1)
	assert.Equal(t, "first", served(t, p), "the files are not looked at with every handshake")
	f.now = f.now.Add(1)
	assert.Equal(t, "second", served(t, p))
}

func TestHalfARenewal(t *testing.T) {
	f, p := setup(t)
	cert, key := pair(t, "second")
	f.write(t, f.cert, cert)
	for range 3 {
		f.now = f.now.Add(time.Second)
		assert.Equal(t, "first", served(t, p), "a certificate without its key is not served")
	}
	assert.Equal(t, 1, strings.Count(f.log.String(), "level=ERROR"), "one finding, one line")
	f.write(t, f.key, key)
	f.now = f.now.Add(time.Second)
	assert.Equal(t, "second", served(t, p))
}

func TestMissingForAMoment(t *testing.T) {
	f, p := setup(t)
	cert, key := pair(t, "second")
	require.NoError(t, os.Remove(f.cert))
	f.now = f.now.Add(time.Second)
	assert.Equal(t, "first", served(t, p))
	f.write(t, f.cert, cert)
	f.write(t, f.key, key)
	f.now = f.now.Add(time.Second)
	assert.Equal(t, "second", served(t, p))
}

func TestConcurrentHandshakes(t *testing.T) {
	f, p := setup(t)
	cert, key := pair(t, "second")
	f.write(t, f.cert, cert)
	f.write(t, f.key, key)
	f.now = f.now.Add(time.Minute)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { assert.Equal(t, "second", served(t, p)) })
	}
	wg.Wait()
}

func TestNotLoadable(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c"), filepath.Join(dir, "k")
	_, err := certfile.Load(cert, key, nil)
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(cert, []byte("no PEM"), 0o600))
	require.NoError(t, os.WriteFile(key, []byte("no PEM"), 0o600))
	_, err = certfile.Load(cert, key, nil)
	assert.ErrorContains(t, err, "TLS certificate")
}
