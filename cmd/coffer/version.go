package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/cofferstore/coffer/internal/config"
)

// version prints what the binary was built from.
func version(_ context.Context, in *invocation) error {
	f := pflag.NewFlagSet("version", pflag.ContinueOnError)
	if err := in.load(config.Settings{Flags: f}, "Usage: coffer version\n\nPrints the version."); err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	_, err := fmt.Fprintf(in.stdout, "coffer %s%s (%s, %s/%s)\n",
		info.Main.Version, revision(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// revision returns ", revision ..." where the build recorded it.
func revision(info *debug.BuildInfo) string {
	var id, dirty string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			id = ", revision " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " with changes"
		}
	}
	if id == "" {
		return ""
	}
	return id + dirty
}
