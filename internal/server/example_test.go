package server_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/server"
)

func Example() {
	dir, err := os.MkdirTemp("", "coffer")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	settings, c := config.ServerSettings()
	env := []string{"COFFER_DATA=" + dir, "COFFER_LISTEN=127.0.0.1:0", "COFFER_METRICS_LISTEN="}
	if err := config.Load(settings, nil, env); err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Check(); err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	fmt.Println(server.Run(ctx, c, &server.Options{Log: untilListening(stop)}))
	// Output: <nil>
}

// untilListening is a log that stops a server as soon as it listens.
type untilListening func()

func (stop untilListening) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"listening"`)) {
		stop()
	}
	return len(line), nil
}
