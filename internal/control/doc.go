// Package control lets command-line tools run inside of a server, by way of a
// unix socket.
//
//	coffer admin ...            server
//	Call ---- tool, arguments ----> Server
//	     <--- stdout, stderr -----    |  cli.Tool, with the caller's name
//	     <--- exit status --------    v  as the kernel tells it
//
// There are no credentials: whoever can open the socket may run its tools, so
// the mode of the socket's file decides.
//
// The client sends one request, four bytes of length (big-endian) and a JSON
// object, and keeps the connection open: when it goes away, the tool's context
// ends. The answer is frames: a byte that says what it is, four bytes of length,
// and the content. The last one is the exit status, or why the tool did not run.
package control
