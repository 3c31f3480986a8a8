package cli_test

import (
	"context"
	"fmt"
	"os"

	"github.com/cofferstore/coffer/admin/cli"
)

func ExampleTool() {
	var greet cli.Tool = func(_ context.Context, in *cli.Invocation) int {
		if len(in.Args) != 1 {
			fmt.Fprintln(in.Stderr, "greet: want a name")
			return 2
		}
		fmt.Fprintln(in.Stdout, "hello,", in.Args[0])
		return 0
	}
	fmt.Println(greet(context.Background(), &cli.Invocation{Args: []string{"alice"}, Stdout: os.Stdout, Stderr: os.Stderr}))
	// Output:
	// hello, alice
	// 0
}
