package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writePair puts a new self-signed certificate into two files.
func writePair(t testing.TB, name, certFile, keyFile string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
}

// served returns the name in the certificate of a server.
func served(t testing.TB, url string) string {
	t.Helper()
	resp, err := s3(t, tlsClient(), "GET", url+"/", nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	return resp.TLS.PeerCertificates[0].Subject.CommonName
}

func TestTLSRenewal(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writePair(t, "first", cert, key)
	r := start(t, settings(t, withRoot("TLS_CERT="+cert, "TLS_KEY="+key)...))
	require.True(t, strings.HasPrefix(r.url, "https://"))
	require.Equal(t, "first", served(t, r.url))

	writePair(t, "second", cert, key)
	// The files are looked at when a second has passed; handshakes go on meanwhile.
	for served(t, r.url) != "second" {
		require.NoError(t, t.Context().Err())
	}
	require.NoError(t, r.wait())
	assert.Contains(t, r.logged(), "TLS certificate read again")
}
