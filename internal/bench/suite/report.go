package suite

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/cofferstore/coffer/internal/bench"
)

// Aim is what a measured value should be: at most Max or at least Min, whichever
// is not zero.
type Aim struct{ Min, Max float64 }

func (a Aim) String() string {
	switch {
	case a.Max != 0:
		return fmt.Sprintf("<= %.4g", a.Max)
	case a.Min != 0:
		return fmt.Sprintf(">= %.4g", a.Min)
	}
	return ""
}

// Verdict returns "ok" or "MISS" for a value, and "" where there is no aim.
func (a Aim) Verdict(v float64) string {
	switch {
	case a == Aim{}:
		return ""
	case a.Max != 0 && v > a.Max, a.Min != 0 && v < a.Min:
		return "MISS"
	}
	return "ok"
}

// Line is one measured value.
type Line struct {
	Name  string
	Value float64
	Unit  string
	Aim   Aim
}

// Report collects lines and the runs that they come from.
type Report struct {
	runs  []run
	lines []Line
}

type run struct {
	name, server string
	clients      int
	result       *bench.Result
}

func (r *Report) add(name string, value float64, unit string, aim Aim) {
	r.lines = append(r.lines, Line{name, value, unit, aim})
}

func (r *Report) ran(name, server string, clients int, result *bench.Result) {
	r.runs = append(r.runs, run{name, server, max(1, clients), result})
}

// Lines returns what was measured, in order.
func (r *Report) Lines() []Line { return r.lines }

// Write prints the runs and then the measured values with their aims.
func (r *Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "run\tserver\tclients\treq/s\tMB/s\tp50\tp99\tmax\tserver CPU/req\tclient CPU/req\trequests\tfailed\t")
	for _, x := range r.runs {
		res := x.result
		fmt.Fprintf(t, "%s\t%s\t%d\t%.0f\t%.1f\t%v\t%v\t%v\t%v\t%v\t%d\t%d\t\n", x.name, x.server, x.clients,
			res.Rate(), res.Throughput()/1e6, round(res.Latency.Quantile(.5)), round(res.Latency.Quantile(.99)), round(res.Latency.Max()),
			round(res.CPU()), round(res.ClientCPU/time.Duration(max(1, res.Requests))), res.Requests, res.Failed)
	}
	fmt.Fprintln(t)
	if err := t.Flush(); err != nil {
		return err
	}
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "measured\tvalue\t\taim\t")
	for _, l := range r.lines {
		fmt.Fprintf(t, "%s\t%.4g\t%s\t%s\t%s\n", l.Name, l.Value, l.Unit, l.Aim, l.Aim.Verdict(l.Value))
	}
	return t.Flush()
}

// round keeps about three digits, for people.
func round(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
