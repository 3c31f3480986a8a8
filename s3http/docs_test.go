package s3http

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of operations in docs/s3.md anew")

// docsTable is the table of docs/s3.md as the route table has it.
func docsTable() string {
	fixed, refused := map[uintptr]bool{}, map[uintptr]bool{}
	for _, run := range []func(*call) error{(*call).restoreObject, (*call).refuseObject} {
		refused[reflect.ValueOf(run).Pointer()] = true
	}
	empty := reflect.ValueOf((*call).putNotification).Pointer()
	for _, run := range []func(*call) error{
		(*call).getUnset, (*call).deleteUnset, (*call).getEmptyDocument,
		(*call).getConfiguration, (*call).deleteConfiguration, (*call).getABAC,
	} {
		fixed[reflect.ValueOf(run).Pointer()] = true
	}
	var b strings.Builder
	b.WriteString("| operation | request | policy action | state |\n|---|---|---|---|\n")
	for _, r := range newRouter().routes {
		state := "works"
		switch {
		case !r.Built:
			state = "501"
		case refused[reflect.ValueOf(r.run).Pointer()]:
			state = "refused as Amazon does"
		case reflect.ValueOf(r.run).Pointer() == empty:
			state = "an empty one; else 501"
		case fixed[reflect.ValueOf(r.run).Pointer()]:
			state = "as a private bucket without it"
		}
		path := map[Scope]string{ScopeService: "/", ScopeBucket: "/bucket", ScopeObject: "/bucket/key", ScopeSite: "/key (website host)"}[r.Scope]
		if r.Scope == ScopeAccount {
			path = r.Path
		}
		if r.Query != "" {
			path += "?" + r.Query
		}
		if r.Header != "" {
			path += " with " + strings.ToLower(r.Header)
		}
		action := r.Action
		if r.VersionAction != "" && r.VersionAction != r.Action {
			action += ", " + r.VersionAction
		}
		fmt.Fprintf(&b, "| %s | `%s %s` | %s | %s |\n", r.Name, r.Method, path, action, state)
	}
	return b.String()
}

// The documentation of the operations is made from the table that serves them.
func TestDocsTellWhatIsServed(t *testing.T) {
	const path, start, end = "../docs/s3.md", "<!-- operations -->\n", "<!-- end -->\n"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	head, rest, found := strings.Cut(string(text), start)
	require.True(t, found, "the marks of the table are missing")
	table, tail, found := strings.Cut(rest, end)
	require.True(t, found, "the marks of the table are missing")
	want := docsTable()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(head+start+want+end+tail), 0o644))
		return
	}
	assert.Equal(t, want, table, "run: go test ./s3http -run TestDocs -update")
}
