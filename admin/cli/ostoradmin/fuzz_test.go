package ostoradmin_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cofferstore/coffer/admin/cli"
)

// FuzzArguments runs any command line. It ends with a status that is known, and
// with output either on one side or on the other.
func FuzzArguments(f *testing.F) {
	for _, line := range []string{
		"create-user\n-e\na@b", "query-users\n-a\n-X", "set-limits\n-b\nbkt\n-t\nops\n-L\nget=1", "set-quotas\n-o\nuser\n-q\n1", "help", "delete-user\n-i\na$b",
	} {
		f.Add(line)
	}
	tool := newDesk(f).tool
	f.Fuzz(func(t *testing.T, text string) {
		var out, errs bytes.Buffer
		exit := tool(t.Context(), &cli.Invocation{Args: strings.Split(text, "\n"), Stdout: &out, Stderr: &errs})
		if exit < 0 || exit > 2 || exit == 0 != (errs.Len() == 0) || exit != 0 && (out.Len() > 0 || strings.Count(errs.String(), "\n") != 1) {
			t.Fatalf("%d %q %q", exit, &out, &errs)
		}
	})
}
