package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	accessKey = "AKIAE2EE2EE2EE2EE2E0"
	secretKey = "e2e/secret+with=odd&characters-0123456789"
	region    = "us-east-1"
)

// program is the server's binary, built once.
var program = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("COFFER_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	dir, err := os.MkdirTemp("", "coffer-e2e")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "coffer")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/coffer")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := program(); err == nil && os.Getenv("COFFER_BIN") == "" {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// server is a running coffer.
type server struct {
	url, metrics string
	utapi        string // of no use unless it has a listener of its own
	ca           string // file of the certificate, with TLS
	data         string
	cmd          *exec.Cmd
	log          *syncBuffer
	done         chan error
}

// syncBuffer is a log that is written and read at the same time.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// serve starts a server with an empty store and stops it when the test ends.
func serve(t *testing.T, flags ...string) *server {
	t.Helper()
	s := launch(t, filepath.Join(t.TempDir(), "data"), flags...)
	t.Cleanup(func() { s.stop(t) })
	return s
}

// serveTLS is serve with a certificate for 127.0.0.1 and localhost.
func serveTLS(t *testing.T, flags ...string) *server {
	t.Helper()
	cert, key := certificate(t)
	s := serve(t, append(flags, "--tls-cert", cert, "--tls-key", key)...)
	s.url, s.ca = strings.Replace(s.url, "http://", "https://", 1), cert
	return s
}

// launch starts a server on the data directory and waits until it listens.
func launch(t *testing.T, data string, flags ...string) *server {
	t.Helper()
	bin, err := program()
	require.NoError(t, err)
	args := append([]string{
		"serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
		"--region", region, "--log-format", "json",
	}, flags...)
	s := &server{data: data, cmd: exec.Command(bin, args...), log: &syncBuffer{}, done: make(chan error, 1)}
	s.cmd.Env = append(os.Environ(), "COFFER_ROOT_ACCESS_KEY="+accessKey, "COFFER_ROOT_SECRET_KEY="+secretKey)
	out, in := io.Pipe()
	s.cmd.Stdout, s.cmd.Stderr = in, in
	require.NoError(t, s.cmd.Start())
	addresses := make(chan map[string]string, 1)
	go s.read(out, addresses)
	go func() {
		err := s.cmd.Wait()
		in.Close()
		s.done <- err
	}()
	select {
	case found := <-addresses:
		s.url, s.metrics, s.utapi = "http://"+found["s3"], "http://"+found["metrics"], "http://"+found["utapi"]
	case err := <-s.done:
		t.Fatalf("the server ended: %v\n%s", err, s.log)
	case <-time.After(time.Minute):
		s.cmd.Process.Kill()
		t.Fatalf("the server does not listen\n%s", s.log)
	}
	return s
}

// read keeps the log and finds the addresses in it; that of S3 is the last.
func (s *server) read(r io.Reader, found chan<- map[string]string) {
	addresses := make(map[string]string)
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		s.log.Write(line)
		if err != nil {
			return
		}
		var m struct{ Msg, Protocol, Address string }
		if json.Unmarshal(line, &m) == nil && m.Msg == "listening" {
			addresses[m.Protocol] = m.Address
			if m.Protocol == "s3" {
				found <- addresses
			}
		}
	}
}

// stop ends the server gracefully; it must do so without an error.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.cmd == nil {
		return
	}
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-s.done:
		require.NoError(t, err, "%s", s.log)
	case <-time.After(time.Minute):
		s.cmd.Process.Kill()
		t.Errorf("the server does not stop\n%s", s.log)
	}
	if strings.Contains(s.log.String(), "panic") {
		t.Errorf("the server panicked\n%s", s.log)
	}
	s.cmd = nil
}

// kill ends the server at once, as a crash of the process does.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// certificate makes a self-signed certificate and returns the files' names.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tmpl := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost", "*.localhost", "*.web.localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, &tmpl, &tmpl, k.Public(), k)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(b), 0o600))
	}
	return cert, key
}

// check runs `coffer check` on the data of a stopped server and fails on any
// problem that it finds. Blobs of unfinished writes may lie about after a crash
// only: the next start removes them.
func check(t *testing.T, data string, crashed bool) string {
	t.Helper()
	bin, err := program()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, bin, "check", "--data", data, "--data-bytes").CombinedOutput()
	require.NoError(t, err, "%s", out)
	if !crashed {
		require.NotContains(t, string(out), "unfinished writes")
	}
	return string(out)
}
