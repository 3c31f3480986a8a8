package control_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/internal/control"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "coffer")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "admin.sock")
	l, err := control.Listen(ctx, socket, 0o600)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := control.Serve(l, map[string]cli.Tool{
		"greet": func(_ context.Context, in *cli.Invocation) int {
			fmt.Fprintln(in.Stdout, "hello,", in.Args[0])
			return 3
		},
	}, nil)
	defer server.Close()

	exit, err := control.Call(ctx, socket, "greet", &cli.Invocation{Args: []string{"alice"}, Stdout: os.Stdout, Stderr: os.Stderr})
	fmt.Println(exit, err)
	// Output:
	// hello, alice
	// 3 <nil>
}
