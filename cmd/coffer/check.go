package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/pflag"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

const checkHelp = `Usage: coffer check [flags]

Examines the store of a server that is stopped: recounts everything, and compares it with the
counters, references and files. The exit code is 0 if all is right and 1 if problems are left.`

// check examines a store and reports.
func check(ctx context.Context, in *invocation) error {
	var dir, masterKey string
	f := pflag.NewFlagSet("check", pflag.ContinueOnError)
	f.SortFlags = false
	config.DataFlags(f, &dir)
	repair := f.Bool("repair", false, "set counters that are wrong to what was counted, and remove rows that point nowhere")
	data := f.Bool("data-bytes", false, "read every byte and compare it with the stored sums; of encrypted objects only those of SSE-S3")
	secrets := pflag.NewFlagSet("secrets", pflag.ContinueOnError)
	config.MasterKeySetting(secrets, &masterKey)
	if err := in.load(config.Settings{Flags: f, Secrets: secrets, AlsoInFile: config.ServerKeys()}, checkHelp); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(in.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d, err := datadir.Open(dir, &datadir.Options{MasterKey: masterKey, MustExist: true, Logger: log})
	if errors.Is(err, datadir.ErrInUse) {
		return fmt.Errorf("%w: stop the server first", err)
	}
	if err != nil {
		return err
	}
	found, err := examine(ctx, d, &objstore.CheckOptions{Repair: *repair, Data: *data}, log)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	return conclude(in.stdout, found, *repair)
}

// examine opens what is in the directory and checks it. The store is opened
// without its sweep: a check changes nothing that it was not told to.
func examine(ctx context.Context, d *datadir.Dir, o *objstore.CheckOptions, log *slog.Logger) (objstore.CheckReport, error) {
	if _, err := iam.Open(d.Index, &iam.Options{Sealer: d.MasterKey, Logger: log}); err != nil {
		return objstore.CheckReport{}, err
	}
	keys, err := d.KeyRing()
	if err != nil {
		return objstore.CheckReport{}, err
	}
	st, err := objstore.Open(d.Engine(), &objstore.Options{Logger: log, SweepEvery: -1, Keys: keys})
	if err != nil {
		return objstore.CheckReport{}, err
	}
	found, err := st.Check(ctx, o)
	if err == nil {
		err = examineSizes(ctx, d, st, o.Repair, &found)
	}
	return found, errors.Join(err, st.Close())
}

// examineSizes compares the sizes of buckets for statistics with what the store
// has, which by now is right if it was to be repaired.
func examineSizes(ctx context.Context, d *datadir.Dir, st *objstore.Store, repair bool, found *objstore.CheckReport) error {
	sizes, err := ostorstat.OpenSizes(d.Index, nil)
	if err != nil {
		return err
	}
	drift, err := sizes.CheckStore(ctx, st, repair)
	for _, p := range drift {
		found.Problems = append(found.Problems, p.String())
	}
	if err == nil && repair {
		found.Repaired += len(drift)
	}
	return err
}

// conclude prints a report; it returns errProblems when some are left.
func conclude(w io.Writer, r objstore.CheckReport, repair bool) error {
	left := len(r.Problems)
	if repair {
		left -= r.Repaired
	}
	verdict := "all is right"
	switch {
	case left > 0:
		verdict = fmt.Sprintf("%d problems, %d repaired", len(r.Problems), r.Repaired)
	case len(r.Problems) > 0:
		verdict = fmt.Sprintf("%d problems, all repaired", len(r.Problems))
	}
	for _, p := range r.Problems {
		if _, err := fmt.Fprintln(w, "problem:", p); err != nil {
			return err
		}
	}
	if r.Orphans > 0 {
		verdict += fmt.Sprintf("; %d blobs of unfinished writes wait to be removed", r.Orphans)
	}
	_, err := fmt.Fprintf(w, "%d buckets, %d objects, %d versions, %d uploads, %d parts, %d blobs: %s\n",
		r.Buckets, r.Objects, r.Versions, r.Uploads, r.Parts, r.Blobs, verdict)
	if err == nil && left > 0 {
		return errProblems
	}
	return err
}
