package ostoradmin

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/cofferstore/coffer/admin/cli"
)

// volume is the id of the one volume that there is.
const volume = "0100000000000002"

// Ctl is what of the tool ostor-ctl the guide calls; it needs no store.
// "get-config -n ADDRESS" lists the volumes, of which there is one.
// "add-acc -V VOLUME_ID -s SERVICE_ID" succeeds: what it is to start, the
// accounting that quotas need, is always on.
func Ctl(_ context.Context, in *cli.Invocation) (exit int) {
	var out bytes.Buffer
	return finish(in, "ostor-ctl", control(in.Args, &out), &out)
}

func control(args []string, out *bytes.Buffer) error {
	if len(args) == 0 {
		return usageError("a command is needed: get-config or add-acc")
	}
	if args[0] == "help" || slices.ContainsFunc(args, isHelp) {
		out.WriteString("usage: ostor-ctl get-config -n ADDRESS\n       ostor-ctl add-acc -V VOLUME_ID -s SERVICE_ID\n")
		return nil
	}
	fs := flag.NewFlagSet(args[0], flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	var address, service, of string
	switch args[0] {
	case "get-config":
		fs.StringVar(&address, "n", "", "")
	case "add-acc":
		fs.StringVar(&of, "V", "", "")
		fs.StringVar(&service, "s", "", "")
	default:
		return usageError(fmt.Sprintf("unknown command %q; there are get-config and add-acc", args[0]))
	}
	if err := fs.Parse(args[1:]); err != nil {
		return usageError(args[0] + ": " + err.Error())
	}
	switch {
	case fs.NArg() > 0:
		return usageError(fmt.Sprintf("%s: unexpected argument %q", args[0], fs.Arg(0)))
	case args[0] == "get-config" && address == "":
		return usageError("get-config: -n is needed")
	case args[0] == "add-acc" && (of == "" || service == ""):
		return usageError("add-acc: -V and -s are needed")
	case args[0] == "add-acc" && of != volume:
		return fmt.Errorf("there is no volume %.32q", of)
	case args[0] == "get-config":
		fmt.Fprintf(out, "%-19s%-9s%s\n%-19s%-9s%s\n", "VOL_ID", "TYPE", "STATE", volume, "OBJ", "READY")
	}
	return nil
}
