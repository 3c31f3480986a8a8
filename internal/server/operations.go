package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage/prom"
)

// operations is what the people who run the server look at.
type operations struct {
	registry *prometheus.Registry
	log      *slog.Logger
	ready    atomic.Bool
	store    atomic.Pointer[objstore.Store] // nil until it is open
}

func newOperations(log *slog.Logger) *operations {
	return &operations{registry: prometheus.NewRegistry(), log: log}
}

// watch registers the metrics of everything, and returns those of requests.
func (o *operations) watch(p *parts) (*prom.Metrics, error) {
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prom.NewStoreCollector(p.store, nil),
		prom.NewIndexCollector(p.indexStats),
		prom.NewLifecycleCollector(p.lifecycle.LastRun),
		prom.NewSpaceCollector(p.data.Spaces()),
	} {
		if err := o.registry.Register(c); err != nil {
			return nil, err
		}
	}
	o.store.Store(p.store)
	return prom.New(o.registry, nil)
}

// readyTimeout bounds how long the store may take to answer that it is there.
const readyTimeout = 5 * time.Second

func (o *operations) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(o.log.Handler(), slog.LevelError),
		ErrorHandling: promhttp.ContinueOnError, // one sick collector must not hide the others
	}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("/readyz", o.readyz)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// readyz tells whether requests would be served: the server is neither
// starting nor stopping, and the index answers.
func (o *operations) readyz(w http.ResponseWriter, r *http.Request) {
	if !o.ready.Load() {
		plain(w, http.StatusServiceUnavailable, "not ready: starting or stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if _, err := o.store.Load().Buckets(ctx, objstore.BucketsQuery{Limit: 1}); err != nil {
		o.log.Error("not ready", "error", err)
		plain(w, http.StatusServiceUnavailable, "not ready: the store does not answer")
		return
	}
	plain(w, http.StatusOK, "ok")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // a prober that is gone needs no answer
}
