package arch_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/arch"
)

var update = flag.Bool("update", false, "write testdata/deps.txt anew")

const root = "../.."

// budget is STYLE's: what the well-kept code bases of the field have in common.
func budget() arch.Budget {
	return arch.Budget{FileP90: 400, FileMax: 600, FuncP90: 40, FuncMax: 80, InterfaceMax: 6}
}

// exception is a breach that stays.
type exception struct{ rule, subject, why string }

// exceptions is short: at most maxExceptions.
func exceptions() []exception {
	return []exception{
		{"example", "objstore/driver", "it is contracts; objstore/memengine shows them in use"},
		{"example", "examples/testserver", "the whole package is an example, and runs as a test"},
	}
}

const maxExceptions = 10

// importRules are the directions of the architecture:
// programs -> front ends -> auth, quota, usage, objstore -> driver -> std.
func importRules() []arch.ImportRule {
	upper := []string{"admin/...", "s3http/...", "swifthttp/...", "usage/...", "quota/...", "cmd/...", "examples/...", "internal/httpx/..."}
	return []arch.ImportRule{
		{
			From: "objstore/driver", To: []string{"external", "objstore/...", "auth/...", "net/http"}, Transitive: true,
			Why: "the contracts of the media are standard library only, so that a driver needs nothing else",
		},
		{
			From: "objstore/...", To: append([]string{"auth/...", "net/http"}, upper...),
			Why: "the engine knows no protocol and no user directory; what a request means is decided above it",
		},
		{
			From: "objstore", To: []string{"net/http", "auth/..."}, Transitive: true,
			Why: "a program that embeds the engine alone pulls in no HTTP",
		},
		{
			From: "objstore/sse/...", To: []string{"external", "objstore", "auth/...", "net/http"}, Transitive: true,
			Why: "the ciphers and the key ring are standard library only; providers that speak HTTP are in s3http/kms",
		},
		{
			From: "s3http/kms/...", To: []string{"external", "objstore", "auth/...", "s3http"}, Transitive: true,
			Why: "a key provider knows of keys alone",
		},
		{
			From: "objstore/memengine", To: []string{"net/http"}, Transitive: true,
			Why: "objstore and memengine alone pull in nothing else",
		},
		{
			From: "objstore/fileblobs", To: []string{"net/http"}, Transitive: true,
			Why: "files need no HTTP",
		},
		driver("objstore/badgerindex"), driver("objstore/memengine"), driver("objstore/fileblobs"),
		driver("objstore/pgindex"), driver("objstore/tikvindex"), driver("objstore/s3blobs"), driver("objstore/radosblobs"),
		driver("objstore/checksum"), driver("objstore/drivertest"),
		{
			From: "auth/policy/...", To: []string{"net/http"}, Transitive: true,
			Why: "a policy is judged by what is in the request for authorization, not by HTTP",
		},
		{
			From: "auth", To: []string{"external", "objstore/..."}, Transitive: true,
			Why: "the vocabulary of authorization is standard library only",
		},
		{
			From: "auth/awssig/...", To: []string{"external", "objstore/...", "auth/iam/..."}, Transitive: true,
			Why: "a program that only checks signatures pulls in nothing else",
		},
		{
			From: "auth/...", Except: []string{"auth/iam/..."}, To: append([]string{"objstore/..."}, upper...),
			Why: "authorization is pure; only the directory of users stores anything, and that through driver.Index",
		},
		{
			From: "auth/iam/...", To: append([]string{"objstore"}, upper...),
			Why: "the directory of users needs an index, not an object store",
		},
		{
			From: "usage/...", To: []string{"auth/...", "admin/...", "s3http/...", "swifthttp/...", "quota/...", "cmd/..."},
			Why: "usage is recorded for any http.Handler and any front end",
		},
		{
			From: "usage/utapi/...", To: []string{"net/http"},
			Why: "metrics are kept for any front end; the one of HTTP, which must know who asks, is admin/utapihttp",
		},
		{
			From: "quota/...", To: []string{"admin/...", "s3http/...", "swifthttp/...", "usage/...", "cmd/..."},
			Why: "quota attaches at the engine's hook and around an http.Handler, whichever it is",
		},
		{
			From: "s3http", To: []string{"swifthttp/...", "admin/...", "cmd/...", "objstore/badgerindex", "objstore/fileblobs", "objstore/memengine", "auth/iam/..."},
			Why: "a front end takes the store and the verifier that it is given; what two front ends share is in internal/httpx",
		},
		{
			From: "swifthttp/...", To: []string{"s3http/...", "admin/...", "cmd/..."},
			Why: "front ends do not know each other; what they share is in internal/httpx",
		},
		{
			From: "admin", To: []string{"net/http", "s3http/...", "swifthttp/...", "admin/...", "cmd/..."},
			Why: "what can be administered is plain Go; protocols and command lines are above it",
		},
		frontEnd("admin/ostorhttp"), frontEnd("admin/rgwhttp"), frontEnd("admin/utapihttp"),
		{
			From: "admin/internal/frontend", To: []string{"external", "objstore", "admin/...", "s3http/...", "auth/iam/..."}, Transitive: true,
			Why: "what the front ends do alike knows no protocol, and nothing of what is administered",
		},
		{
			From: "admin/cli/ostoradmin/...", To: []string{"net/http", "s3http/...", "admin/ostorhttp/...", "admin/rgwhttp/...", "cmd/..."},
			Why: "a command line works on the service itself; how it gets to it is not its business",
		},
		{
			From: "internal/httpx/...", To: []string{"objstore/...", "auth/...", "s3http/...", "swifthttp/...", "external"},
			Why: "shared HTTP parts know nothing of what is served",
		},
		{
			From: "internal/control", To: []string{"objstore/...", "auth/...", "s3http/...", "net/http"}, Transitive: true,
			Why: "the control socket carries tools, whatever they do",
		},
		{
			From: "admin/cli", To: []string{"objstore/...", "auth/...", "net/http"}, Transitive: true,
			Why: "what a tool is says nothing of what it does",
		},
		{
			From: "internal/bench/...", To: []string{"s3http/...", "swifthttp/...", "auth/iam/...", "admin/..."},
			Why: "the load generator measures servers from outside, ours and others",
		},
		{
			From: "cmd/...", To: []string{"testing", "github.com/stretchr/testify/..."}, Transitive: true,
			Why: "a program does not ship test kits",
		},
	}
}

// driver keeps a medium, or what all media share, below the engine.
func driver(pkg string) arch.ImportRule {
	return arch.ImportRule{
		From: pkg + "/...", To: []string{"objstore", "auth/...", "s3http/...", "swifthttp/..."},
		Why: "a driver knows nothing of buckets and objects",
	}
}

// frontEnd keeps an administration API apart from the others.
func frontEnd(pkg string) arch.ImportRule {
	others := []string{"admin/ostorhttp/...", "admin/rgwhttp/...", "admin/utapihttp/...", "admin/cli/...", "s3http/...", "swifthttp/...", "cmd/..."}
	return arch.ImportRule{
		From: pkg + "/...", To: slices.DeleteFunc(others, func(to string) bool { return to == pkg+"/..." }),
		Why: "front ends do not know each other; what they share is in admin, admin/internal/frontend and internal/httpx",
	}
}

func TestModule(t *testing.T) {
	pkgs, err := arch.List(t.Context(), root)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(pkgs, func(p arch.Package) bool { return p.Main }), "go list found no package of the module")
	tree, err := arch.Parse(os.DirFS(root))
	require.NoError(t, err)

	used := make(map[exception]bool)
	for name, found := range map[string][]arch.Finding{
		"imports": arch.Imports(pkgs, importRules()),
		"sizes":   tree.Sizes(budget()),
		"vars":    tree.Vars(),
		"calls":   tree.Calls(),
		"docs":    tree.Docs(),
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range found {
				i := slices.IndexFunc(exceptions(), func(e exception) bool { return e.rule == f.Rule && e.subject == f.Subject })
				if i < 0 {
					t.Error(f)
					continue
				}
				used[exceptions()[i]] = true
			}
		})
	}
	for _, e := range exceptions() {
		assert.NotEmpty(t, e.why, "%s %s: an exception needs a reason", e.rule, e.subject)
		assert.True(t, used[e], "%s %s: the exception is no longer needed, remove it", e.rule, e.subject)
	}
	assert.LessOrEqual(t, len(exceptions()), maxExceptions, "too many exceptions: mend the code instead")
}

func TestExternalModules(t *testing.T) {
	pkgs, err := arch.List(t.Context(), root)
	require.NoError(t, err)
	inner := func(pkg string) bool {
		return strings.HasPrefix(pkg, "internal/") || strings.HasPrefix(pkg, "examples/")
	}
	got := strings.Join(arch.External(pkgs, inner), "\n") + "\n"
	file := filepath.Join("testdata", "deps.txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got,
		"The modules that a package pulls in have changed. If that is meant, run\n\tgo test ./internal/arch -run TestExternalModules -update\nand say in the commit why the dependency is worth it.")
}
