package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestKeyCommand(t *testing.T) {
	dir := t.TempDir()
	data := "--data=" + dir
	assert.Contains(t, finish(t, nil, "key", "list", data).stderr, "no data", "there is no server yet")
	serveDir(t, dir).end(t)
	running := serveDir(t, dir)
	for _, c := range []struct {
		why            string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"the first start made one", []string{"key", "list", data}, exitOK, "default\tenabled\tversion 1", ""},
		{"beside a running server", []string{"key", "create", "archive", data}, exitOK, "", ""},
		{"it is there", []string{"key", "create", "archive", data}, exitFailure, "", "there is a key of that id"},
		{"rotated", []string{"key", "rotate", "archive", data}, exitOK, "", ""},
		{"disabled", []string{"key", "disable", "archive", data}, exitOK, "", ""},
		{"told", []string{"key", "list", data}, exitOK, "archive\tdisabled\tversion 2", ""},
		{"enabled", []string{"key", "enable", "archive", data}, exitOK, "", ""},
		{"unknown", []string{"key", "rotate", "other", data}, exitFailure, "", "no such master key"},
		{"no command", []string{"key", data}, exitUsage, "", "want list"},
		{"no id", []string{"key", "rotate", data}, exitUsage, "", "want list"},
		{"unknown command", []string{"key", "remove", "archive", data}, exitUsage, "", "unknown command"},
		{"help", []string{"key", "--help"}, exitOK, "Usage: coffer key list", ""},
	} {
		r := finish(t, nil, c.args...)
		assert.Equal(t, c.code, r.code, "%s: %s", c.why, r.stderr)
		assert.Contains(t, r.stdout, c.stdout, c.why)
		assert.Contains(t, r.stderr, c.stderr, c.why)
	}
	running.end(t)
}
