package rgwreplay

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Command is a recorded run of radosgw-admin.
type Command struct {
	Args   []string // without the name of the program
	Exit   int
	Stdout any // text, or a JSON document
	Stderr string
}

// ParseCommand reads a recording.
func ParseCommand(data []byte) (*Command, error) {
	var file struct {
		Command, Stderr string
		Exit            int
		Stdout          any
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	args := words(file.Command)
	if len(args) == 0 || args[0] != "radosgw-admin" {
		return nil, ErrFormat
	}
	return &Command{Args: args[1:], Exit: file.Exit, Stdout: file.Stdout, Stderr: file.Stderr}, nil
}

// words splits a command at spaces; what is in single quotes is one word.
func words(s string) []string {
	var all []string
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		word, rest, _ := strings.Cut(s, " ")
		if s[0] == '\'' {
			word, rest, _ = strings.Cut(s[1:], "'")
		}
		all, s = append(all, word), rest
	}
	return all
}

// uuid is what ids of roles look like.
var uuid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// Differences tells in which respects a run is not the recorded one. Members of
// documents named in without, however deep, are not looked at.
func (c *Command) Differences(exit int, stdout, stderr string, without ...string) []string {
	var found []string
	if exit != c.Exit {
		found = append(found, fmt.Sprintf("exit status %d, recorded %d", exit, c.Exit))
	}
	plain := func(s string) string { return uuid.ReplaceAllString(strings.TrimSpace(s), "*") }
	if got, want := plain(stderr), plain(c.Stderr); got != want {
		found = append(found, fmt.Sprintf("standard error\n%s\nrecorded\n%s", got, want))
	}
	want, isText := c.Stdout.(string)
	if isText || c.Stdout == nil {
		if got := strings.TrimSpace(stdout); got != strings.TrimSpace(want) {
			found = append(found, fmt.Sprintf("standard output\n%s\nrecorded\n%s", got, want))
		}
		return found
	}
	var v any
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		return append(found, fmt.Sprintf("standard output is no document: %v\n%s", err, stdout))
	}
	if got, want := text(v, without), text(c.Stdout, without); got != want {
		found = append(found, "document\n"+got+"\nrecorded\n"+want)
	}
	return found
}

// text writes a document so that equal ones are equal texts.
func text(v any, without []string) string {
	out, err := json.MarshalIndent(masked("", stripped(v, without)), "", " ")
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// stripped takes members out of a document.
func stripped(v any, without []string) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range without {
			delete(v, name)
		}
		for _, item := range v {
			stripped(item, without)
		}
	case []any:
		for _, item := range v {
			stripped(item, without)
		}
	}
	return v
}
