package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/cofferstore/coffer/internal/certfile"
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/usage"
)

// maxHeader bounds the header of a request, in bytes: twice what S3 allows for
// metadata, and room for a long presigned URL.
const maxHeader = 64 << 10

// Options are where a server tells what it has to tell.
type Options struct {
	// Log receives the log. Default: discard.
	Log io.Writer

	// Credentials receives the root credentials when they are generated, once,
	// as text for people. Default: discard.
	Credentials io.Writer
}

// Run runs a server until ctx ends, and then stops it: requests in progress
// have c.ShutdownTimeout to finish. It returns nil after such a stop, and
// otherwise why the server could not start or go on.
func Run(ctx context.Context, c *config.Server, o *Options) error {
	opts := Options{Log: io.Discard, Credentials: io.Discard}
	if o != nil && o.Log != nil {
		opts.Log = o.Log
	}
	if o != nil && o.Credentials != nil {
		opts.Credentials = o.Credentials
	}
	log := newLogWriter(opts.Log, time.After)
	defer log.close()
	s := &server{config: c, log: newLogger(log, c), failed: make(chan error, 3)}
	s.accessLog = newAccessLog(log, s.log, c)
	err := s.run(ctx, opts.Credentials)
	if err != nil {
		s.log.Error("server failed", "error", err)
	}
	return err
}

// server is one run.
type server struct {
	config    *config.Server
	log       *slog.Logger
	accessLog usage.Sink // nil: none
	ops       *operations
	failed    chan error // from a listener that ended by itself
}

func newLogger(w io.Writer, c *config.Server) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// newAccessLog returns the log of requests, which goes to w as log does.
func newAccessLog(w io.Writer, log *slog.Logger, c *config.Server) usage.Sink {
	switch {
	case !c.AccessLog || c.LogLevel > slog.LevelInfo:
		return nil
	case c.LogFormat == "text":
		return usage.AccessLog(log)
	}
	return usage.JSONAccessLog(w)
}

func (s *server) run(ctx context.Context, credentials io.Writer) error {
	tlsConfig, err := s.tls()
	if err != nil {
		return err
	}
	endpoints, err := s.listen()
	if err != nil {
		return err
	}
	defer closeAll(endpoints)
	s.ops = newOperations(s.log)
	stopOps, err := s.startOperations()
	if err != nil {
		return err
	}
	defer stopOps()

	parts, err := openParts(ctx, s.config, s.log, credentials)
	if err != nil {
		return err
	}
	h, err := parts.handlers(s.config, s.log, s.accessLog, s.ops)
	if err != nil {
		return errors.Join(err, parts.close())
	}
	stopTools, err := s.startTools(ctx, parts)
	if err != nil {
		return errors.Join(err, parts.close())
	}
	parts.start(s.config)
	err = s.serve(ctx, endpoints, tlsConfig, h)
	return errors.Join(err, stopTools(), parts.close())
}

// endpoint is where the server is reached by a protocol.
type endpoint struct {
	protocol string
	net.Listener
}

// listen opens the listeners of clients.
func (s *server) listen() ([]endpoint, error) {
	var list []endpoint
	for _, e := range [...]struct{ protocol, flag, address string }{
		{"utapi", "--utapi-listen", s.config.UTAPIListen}, {"s3", "--listen", s.config.Listen},
	} {
		if e.address == "" {
			continue
		}
		l, err := net.Listen("tcp", e.address)
		if err != nil {
			closeAll(list)
			return nil, fmt.Errorf("%s: %w", e.flag, err)
		}
		list = append(list, endpoint{e.protocol, httpx.GatherListener(l)})
	}
	return list, nil
}

func closeAll(endpoints []endpoint) {
	for _, e := range endpoints {
		_ = e.Close() // a server has closed it, or it was never used
	}
}

func (s *server) tls() (*tls.Config, error) {
	if s.config.TLSCert == "" {
		return nil, nil
	}
	pair, err := certfile.Load(s.config.TLSCert, s.config.TLSKey, &certfile.Options{Logger: s.log})
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Certificate}, nil
}

// serve serves clients until ctx ends or a listener fails.
func (s *server) serve(ctx context.Context, endpoints []endpoint, tlsConfig *tls.Config, h *handlers) error {
	s.ops.ready.Store(true)
	servers := make([]*http.Server, len(endpoints))
	for i, e := range endpoints {
		handler := h.main
		if e.protocol == "utapi" {
			handler = h.utapi
		}
		servers[i] = s.start(e, tlsConfig, handler)
	}
	select {
	case err := <-s.failed:
		for _, hs := range servers {
			_ = hs.Close() // the error that matters is err
		}
		return err
	case <-ctx.Done():
	}
	s.ops.ready.Store(false)
	s.log.Info("stopping", "timeout", s.config.ShutdownTimeout.String())
	s.shutdown(servers)
	s.log.Info("stopped")
	return nil
}

// start serves h at an endpoint.
func (s *server) start(e endpoint, tlsConfig *tls.Config, h http.Handler) *http.Server {
	hs := s.httpServer(h)
	hs.TLSConfig = tlsConfig
	scheme, serve := "http", func() error { return hs.Serve(e) }
	if tlsConfig != nil {
		scheme, serve = "https", func() error { return hs.ServeTLS(e, "", "") }
	}
	go func() { s.failed <- serve() }()
	address := e.Addr().String()
	s.log.Info("listening", "protocol", e.protocol, "address", address, "url", scheme+"://"+address)
	return hs
}

// shutdown lets requests finish, and ends them when their time is over.
func (s *server) shutdown(servers []*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
	defer cancel()
	for _, hs := range servers {
		if err := hs.Shutdown(ctx); err != nil {
			s.log.Warn("requests were cut off", "error", err)
			_ = hs.Close() // only says that a connection was closed already
		}
	}
}

func (s *server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: s.config.ReadHeaderTimeout,
		IdleTimeout:       s.config.IdleTimeout,
		ConnContext:       httpx.GatherContext,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// startOperations serves the operations listener, if there is to be one, and
// returns how to stop it.
func (s *server) startOperations() (stop func(), err error) {
	if s.config.MetricsListen == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", s.config.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("--metrics-listen: %w", err)
	}
	hs := s.httpServer(s.ops.handler())
	go func() {
		if err := hs.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("metrics listener: %w", err)
		}
	}()
	s.log.Info("listening", "protocol", "metrics", "address", l.Addr().String(), "url", "http://"+l.Addr().String())
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if hs.Shutdown(ctx) != nil {
			_ = hs.Close() // a scrape or profile that is in progress is of no use any more
		}
	}, nil
}
