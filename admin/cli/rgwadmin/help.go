package rgwadmin

import (
	"fmt"
	"strings"
)

// versionText says which radosgw-admin this one answers like.
const versionText = "coffer radosgw-admin, compatible with ceph version 16.2.15 pacific (stable)\n"

// overview describes all commands.
func overview() string {
	var b strings.Builder
	b.WriteString("usage: radosgw-admin <cmd> [options...]\ncommands:\n")
	for i := range commands {
		c := &commands[i]
		fmt.Fprintf(&b, "  %-26s %s\n", strings.TrimSpace(c.words+" "+c.arg), c.help)
	}
	b.WriteString("\nFlags are written --flag=value or --flag value. radosgw-admin <cmd> --help shows those of a command.\n")
	return b.String()
}

// helpFor describes the command that the words name, or else all that begin so.
func helpFor(words []string) string {
	words = joined(words)
	if len(words) == 0 {
		return overview()
	}
	var b strings.Builder
	for i := range commands {
		c := &commands[i]
		name := strings.Fields(c.words)
		switch n := common(name, words); {
		case n == len(name):
			return c.usage()
		case n == len(words):
			fmt.Fprintf(&b, "  %-26s %s\n", strings.TrimSpace(c.words+" "+c.arg), c.help)
		}
	}
	if b.Len() == 0 {
		return overview()
	}
	return "commands:\n" + b.String()
}

// usage describes one command.
func (c *command) usage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: radosgw-admin %s [options...]\n\n%s\n\noptions:\n", strings.TrimSpace(c.words+" "+c.arg), c.help)
	for _, name := range strings.Fields(c.flags + " " + everywhere) {
		f := findFlag(name)
		spelled := "--" + f.name
		if f.arg != "" {
			spelled += "=" + f.arg
		}
		fmt.Fprintf(&b, "  %-30s %s\n", spelled, f.help)
	}
	return b.String()
}
