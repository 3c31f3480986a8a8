package certfile

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Options configure a [Pair]. The zero value of each field is its default.
type Options struct {
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard
}

// lookEvery is how long a certificate is served without a look at its files.
const lookEvery = time.Second

// Pair is a certificate and its key in files. It is safe for concurrent use.
type Pair struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu     sync.Mutex // guards the rest
	cert   *tls.Certificate
	stamp  stamp // of the files that were read last, be it in vain
	lookAt time.Time
}

// stamp tells one state of the files from another.
type stamp struct{ cert, key fileStamp }

type fileStamp struct {
	changed time.Time
	size    int64
}

// Load reads a certificate chain and its key, both PEM.
func Load(certFile, keyFile string, o *Options) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile, now: time.Now, log: slog.New(slog.DiscardHandler)}
	if o != nil && o.Now != nil {
		p.now = o.Now
	}
	if o != nil && o.Logger != nil {
		p.log = o.Logger
	}
	var err error
	if p.stamp, err = p.look(); err == nil {
		p.cert, err = p.read()
	}
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	p.lookAt = p.now().Add(lookEvery)
	return p, nil
}

// Certificate is for [tls.Config.GetCertificate].
func (p *Pair) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); !now.Before(p.lookAt) {
		p.lookAt = now.Add(lookEvery)
		p.refresh()
	}
	return p.cert, nil
}

// refresh reads the files if they have changed. While they are being replaced
// they may be missing or not belong together: then they are tried again when
// they have changed once more.
func (p *Pair) refresh() {
	stamp, err := p.look()
	if err == nil && stamp == p.stamp {
		return
	}
	changed := stamp != p.stamp
	p.stamp = stamp
	var cert *tls.Certificate
	if err == nil {
		cert, err = p.read()
	}
	if err == nil {
		p.cert = cert
		p.log.Info("TLS certificate read again", "file", p.certFile)
	} else if changed {
		p.log.Error("TLS certificate not usable, the old one is kept", "error", err)
	}
}

// look returns the stamp of the files; that of a file that cannot be looked at
// is zero.
func (p *Pair) look() (stamp, error) {
	cert, err1 := look(p.certFile)
	key, err2 := look(p.keyFile)
	return stamp{cert, key}, errors.Join(err1, err2)
}

func look(path string) (fileStamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileStamp{}, err
	}
	return fileStamp{info.ModTime(), info.Size()}, nil
}

func (p *Pair) read() (*tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	return &cert, err
}
