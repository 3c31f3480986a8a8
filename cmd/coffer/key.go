package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
)

const keyHelp = `Usage: coffer key list [flags]
       coffer key create|rotate|enable|disable ID [flags]

Manages the key ring in the data directory: the master keys of SSE-S3 (the key "default") and
SSE-KMS. A running server takes notice. After rotate, new objects use the new version, and what
older versions have encrypted stays readable: data are not rewritten, and keys are never removed.`

// manageKeys carries out a command on the key ring.
func manageKeys(_ context.Context, in *invocation) error {
	var dir, masterKey string
	f := pflag.NewFlagSet("key", pflag.ContinueOnError)
	f.SortFlags = false
	config.DataFlags(f, &dir)
	secrets := pflag.NewFlagSet("secrets", pflag.ContinueOnError)
	config.MasterKeySetting(secrets, &masterKey)
	verb, id := in.cutKeyArguments()
	if err := in.load(config.Settings{Flags: f, Secrets: secrets, AlsoInFile: config.ServerKeys()}, keyHelp); err != nil {
		return err
	}
	if verb == "" || (verb == "list") != (id == "") {
		return fmt.Errorf("%w: want list, or create, rotate, enable or disable and the id of a key", config.ErrUsage)
	}
	ring, err := datadir.OpenKeyRing(dir, &datadir.Options{MasterKey: masterKey})
	if err != nil {
		return err
	}
	switch verb {
	case "list":
		return listKeys(in.stdout, ring)
	case "create":
		return ring.Create(id)
	case "rotate":
		return ring.Rotate(id)
	case "enable", "disable":
		return ring.SetDisabled(id, verb == "disable")
	}
	return fmt.Errorf("%w: unknown command %q", config.ErrUsage, verb)
}

// cutKeyArguments takes the command and the id, which come before the flags.
func (in *invocation) cutKeyArguments() (verb, id string) {
	for _, to := range []*string{&verb, &id} {
		if len(in.args) == 0 || in.args[0] == "" || in.args[0][0] == '-' {
			break
		}
		*to, in.args = in.args[0], in.args[1:]
	}
	return verb, id
}

func listKeys(w io.Writer, ring *keyring.Ring) error {
	keys, err := ring.Keys()
	for _, k := range keys {
		state := "enabled"
		if k.Disabled {
			state = "disabled"
		}
		_, werr := fmt.Fprintf(w, "%s\t%s\tversion %d of %s\n", k.ID, state, k.Versions, k.Rotated.Format(time.RFC3339))
		err = errors.Join(err, werr)
	}
	return err
}
