package cli

import (
	"context"
	"io"
)

// Invocation is one call of a tool.
type Invocation struct {
	// Args are the arguments, without the name of the program.
	Args []string

	Stdout, Stderr io.Writer

	// User is the name of the operating system's user who calls, as the kernel
	// tells it; "" where it is not known.
	User string
}

// Tool is a program. It returns its exit status, 0 for success. It must not keep
// the invocation, and is safe for concurrent use.
type Tool func(ctx context.Context, in *Invocation) (exit int)
