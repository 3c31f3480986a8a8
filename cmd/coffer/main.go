package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	tuneMemory(os.LookupEnv)
	tunePace(os.LookupEnv)
	tuneProcs(os.LookupEnv)
	ctx, restore := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, restore) // a second signal ends the process at once
	os.Exit(run(ctx, commandLine(os.Args), os.Environ(), os.Stdout, os.Stderr))
}
