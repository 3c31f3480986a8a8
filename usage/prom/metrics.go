package prom

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cofferstore/coffer/usage"
)

// maxSeries bounds the combinations of protocol, operation and status. A front
// end has some 100 operations and a dozen statuses of each at most; what is
// beyond goes to operation "other".
const maxSeries = 4096

// other stands for operations beyond [maxSeries], unknown for requests that no
// front end has named.
const (
	other   = "other"
	unknown = "unknown"
)

var (
	_ usage.Sink    = (*Metrics)(nil)
	_ usage.Starter = (*Metrics)(nil)
)

// Metrics counts requests. It is a [usage.Sink]; its methods are safe for
// concurrent use.
type Metrics struct {
	inFlight  prometheus.Gauge
	requests  *prometheus.CounterVec
	duration  *prometheus.HistogramVec
	firstByte *prometheus.HistogramVec
	received  *prometheus.CounterVec
	sent      *prometheus.CounterVec

	mu     sync.RWMutex // guards series
	series map[seriesKey]*series
}

type seriesKey struct {
	protocol, operation string
	status              int
}

// series are the metrics that one kind of request changes, looked up once.
type series struct {
	requests, received, sent prometheus.Counter
	duration, firstByte      prometheus.Observer
}

// Options configure [New]. The zero value of each field is its default.
type Options struct {
	// Buckets are the upper bounds of the histograms of time, in seconds.
	// Default: 14 bounds from 0.5 ms to 60 s.
	Buckets []float64
}

// New registers the metrics of requests with reg:
//
//	coffer_requests_in_flight
//	coffer_requests_total{protocol,operation,status}
//	coffer_request_duration_seconds{protocol,operation}    histogram
//	coffer_request_first_byte_seconds{protocol,operation}  histogram
//	coffer_received_bytes_total{protocol,operation}        bodies of requests
//	coffer_sent_bytes_total{protocol,operation}            bodies of answers
func New(reg prometheus.Registerer, o *Options) (*Metrics, error) {
	buckets := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 15, 60}
	if o != nil && o.Buckets != nil {
		buckets = o.Buckets
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{"protocol", "operation"})
	}
	m := &Metrics{
		inFlight:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "coffer_requests_in_flight", Help: "Requests that are being served."}),
		requests:  counter("coffer_requests_total", "Requests served.", "protocol", "operation", "status"),
		duration:  histogram("coffer_request_duration_seconds", "Time from the first byte of a request until its answer was written."),
		firstByte: histogram("coffer_request_first_byte_seconds", "Time from the first byte of a request until its status was sent."),
		received:  counter("coffer_received_bytes_total", "Bytes of request bodies.", "protocol", "operation"),
		sent:      counter("coffer_sent_bytes_total", "Bytes of answer bodies.", "protocol", "operation"),
		series:    make(map[seriesKey]*series),
	}
	for _, c := range []prometheus.Collector{m.inFlight, m.requests, m.duration, m.firstByte, m.received, m.sent} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Start implements [usage.Starter].
func (m *Metrics) Start() { m.inFlight.Inc() }

// Record implements [usage.Sink].
func (m *Metrics) Record(e *usage.Entry) {
	m.inFlight.Dec()
	s := m.find(e)
	s.requests.Inc()
	s.duration.Observe(e.Duration.Seconds())
	if e.FirstByte > 0 {
		s.firstByte.Observe(e.FirstByte.Seconds())
	}
	s.received.Add(float64(e.BytesReceived))
	s.sent.Add(float64(e.BytesSent))
}

func (m *Metrics) find(e *usage.Entry) *series {
	k := seriesKey{e.Protocol, e.Operation, e.Status}
	m.mu.RLock()
	s := m.series[k]
	m.mu.RUnlock()
	if s == nil {
		s = m.add(k)
	}
	return s
}

func (m *Metrics) add(k seriesKey) *series {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.series[k]; s != nil {
		return s
	}
	if len(m.series) >= maxSeries {
		k = seriesKey{other, other, k.status / 100 * 100}
		if s := m.series[k]; s != nil {
			return s
		}
	}
	s := m.labelled(k)
	m.series[k] = s
	return s
}

func (m *Metrics) labelled(k seriesKey) *series {
	protocol, operation, status := k.protocol, k.operation, strconv.Itoa(k.status)
	if protocol == "" {
		protocol = unknown
	}
	if operation == "" {
		operation = unknown
	}
	if k.status < 100 || k.status > 599 {
		status = other
	}
	return &series{
		requests:  m.requests.WithLabelValues(protocol, operation, status),
		duration:  m.duration.WithLabelValues(protocol, operation),
		firstByte: m.firstByte.WithLabelValues(protocol, operation),
		received:  m.received.WithLabelValues(protocol, operation),
		sent:      m.sent.WithLabelValues(protocol, operation),
	}
}
