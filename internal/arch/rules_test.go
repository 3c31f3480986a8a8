package arch

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tree parses sources given as "path" -> source.
func tree(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, src := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(src)}
	}
	tr, err := Parse(fsys)
	require.NoError(t, err)
	return tr
}

func keys(found []Finding) []string {
	ks := []string{}
	for _, f := range found {
		ks = append(ks, f.Rule+" "+f.Subject)
	}
	return ks
}

func TestVars(t *testing.T) {
	tests := []struct {
		explanation string
		src         string
		want        []string
	}{
		{"a sentinel", `var ErrX = errors.New("x")`, nil},
		{"a regular expression", `var re = regexp.MustCompile("x")`, nil},
		{"a filled table", `var table = map[string]int{"a": 1}`, nil},
		{"a filled list", `var list = []string{"a"}`, nil},
		{"a table that is worked out", `var letters = lettersTable()`, nil},
		{"what a function returns may be anything", `var letters = letters()`, []string{"package-var p.letters"}},
		{"bytes of a literal", `var magic = []byte("x")`, nil},
		{"proof that a type has the methods of an interface", `var _ io.Reader = (*T)(nil)`, nil},
		{"a file of the source", "//go:embed x.txt\nvar text string", nil},
		{"an empty map is made to be filled later: state", `var cache = map[string]int{}`, []string{"package-var p.cache"}},
		{"a mutex is state", `var mu sync.Mutex`, []string{"package-var p.mu"}},
		{"a scalar can be set from anywhere", `var limit = 10`, []string{"package-var p.limit"}},
		{"a pointer leads to state", `var d = &T{A: 1}`, []string{"package-var p.d"}},
		{"of several names each counts", "var (\n\ta = errors.New(\"\")\n\tb, c int\n)", []string{"package-var p.b", "package-var p.c"}},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			tr := tree(t, map[string]string{"p/p.go": "package p\n" + tt.src, "p/p_test.go": "package p\nvar free int"})
			assert.ElementsMatch(t, tt.want, keys(tr.Vars()))
		})
	}
}

func TestCalls(t *testing.T) {
	tests := []struct {
		explanation string
		file, src   string
		want        []string
	}{
		{"init runs behind the caller's back", "p/p.go", "package p\nfunc init() {}", []string{"init p/p.go"}},
		{"a method of that name is not special", "p/p.go", "package p\nfunc (T) init() {}", nil},
		{"a library must not end the process", "p/p.go", "package p\nimport \"os\"\nfunc (t *T) F() { os.Exit(1) }", []string{"exit p.T.F"}},
		{"log.Fatal ends the process too", "p/p.go", "package p\nimport l \"log\"\nfunc F() { l.Fatalf(\"\") }", []string{"exit p.F"}},
		{"a program may", "p/main.go", "package main\nimport \"os\"\nfunc main() { os.Exit(1) }", nil},
		{"a test may: TestMain has to, and examples are short so", "p/p_test.go", "package p\nimport \"os\"\nfunc TestMain() { os.Exit(1) }", nil},
		{"another package of that name", "p/p.go", "package p\nimport \"x/os\"\nfunc F() { os.Exit(1) }", nil},
		{"a test that sleeps is slow or flaky", "p/p_test.go", "package p\nimport \"time\"\nfunc TestX() { func() { time.Sleep(1) }() }", []string{"sleep p.TestX"}},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			assert.ElementsMatch(t, tt.want, keys(tree(t, map[string]string{tt.file: tt.src}).Calls()))
		})
	}
}

func TestDocs(t *testing.T) {
	const good = "// Package p is.\n//\n//\ta -> b\npackage p\n"
	const example = "package p_test\nfunc ExampleF() {}\n"
	tests := []struct {
		explanation string
		files       map[string]string
		want        []string
	}{
		{"complete", map[string]string{"p/doc.go": good, "p/p.go": "package p\n// F is.\nfunc F() {}", "p/example_test.go": example}, nil},
		{"no comment at all", map[string]string{"p/p.go": "package p\n"}, []string{"package-doc p"}},
		{"comment elsewhere", map[string]string{"p/p.go": good}, []string{"package-doc p"}},
		{"no picture", map[string]string{"p/doc.go": "// Package p is.\npackage p\n"}, []string{"package-doc p"}},
		{"no example", map[string]string{"p/doc.go": good, "p/p.go": "package p\n// F is.\nfunc F() {}"}, []string{"example p"}},
		{"nothing to show an example of", map[string]string{"p/doc.go": good, "p/p.go": "package p\nfunc f() {}"}, nil},
		{"a program has no example, and its comment where it likes", map[string]string{"p/main.go": "// Command p does.\npackage main\nfunc F() {}"}, nil},
		{"a directory of tests alone", map[string]string{"p/p_test.go": "package p\n"}, nil},
		{"exported names without a comment", map[string]string{"p/doc.go": good, "p/example_test.go": example,
			"p/p.go": "package p\ntype T int\nconst C = 1\nfunc F() {}\nfunc (T) M() {}\nfunc (T) Close() {}\nfunc (u) N() {}\n// Of a group.\nconst (\n\tA = 1\n\tB = 2\n)\n"},
			[]string{"comment p.T", "comment p.C", "comment p.F", "comment p.T.M"}},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			assert.ElementsMatch(t, tt.want, keys(tree(t, tt.files).Docs()))
		})
	}
}

func TestSizes(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("\tx()\n", n) }
	budget := Budget{FileP90: 100, FileMax: 200, FuncP90: 50, FuncMax: 80, InterfaceMax: 3}
	tests := []struct {
		explanation string
		files       map[string]string
		want        []string
	}{
		{"a function of 80 lines, braces included", map[string]string{"a.go": "package p\nfunc f() {\n" + lines(78) + "}\nfunc g() {}\nfunc h() {}"},
			[]string{"func-p90 module"}},
		{"a function of 81 lines", map[string]string{"a.go": "package p\nfunc (t *T[X]) f() {\n" + lines(79) + "}\n"},
			[]string{"func-size ..T.f", "func-p90 module"}},
		{"tests may be long", map[string]string{"a_test.go": "package p\nfunc f() {\n" + lines(300) + "}\n"}, nil},
		{"a file of 201 lines", map[string]string{"a.go": "package p\n" + strings.Repeat("//\n", 200)}, []string{"file-size a.go", "file-p90 module"}},
		{"an interface counts what it embeds of its own package", map[string]string{
			"a.go": "package p\ntype R interface { A(); B() }\ntype W interface { R; C(); D() }"}, []string{"interface-size ..W"}},
		{"a foreign embedded interface counts once", map[string]string{
			"a.go": "package p\ntype W interface { io.Reader; C(); D() }"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			assert.ElementsMatch(t, tt.want, keys(tree(t, tt.files).Sizes(budget)))
		})
	}
}

func TestP90(t *testing.T) {
	assert.Equal(t, 0, p90(nil))
	assert.Equal(t, 7, p90([]int{7}))
	assert.Equal(t, 9, p90([]int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}))
}

// sample is a module "m": a imports b, b imports net/http and x/lib.
func sample() []Package {
	return []Package{
		{ImportPath: "net/http", Standard: true},
		{ImportPath: "x/lib", Module: "x"},
		{ImportPath: "m/b", Module: "m", Main: true, Imports: []string{"net/http", "x/lib"}, Deps: []string{"net/http", "x/lib"}},
		{ImportPath: "m/a", Module: "m", Main: true, Imports: []string{"m/b"}, Deps: []string{"m/b", "net/http", "x/lib"}},
	}
}

func TestImports(t *testing.T) {
	tests := []struct {
		explanation string
		rule        ImportRule
		want        []string
	}{
		{"direct", ImportRule{From: "b", To: []string{"net/http"}}, []string{"import b"}},
		{"indirect is allowed by a direct rule", ImportRule{From: "a", To: []string{"net/http"}}, nil},
		{"indirect", ImportRule{From: "a", To: []string{"net/http"}, Transitive: true}, []string{"import a"}},
		{"a whole tree", ImportRule{From: "a/...", To: []string{"net/..."}, Transitive: true}, []string{"import a"}},
		{"external modules", ImportRule{From: "a", To: []string{"external"}, Transitive: true}, []string{"import a"}},
		{"no prefix of a name", ImportRule{From: "a", To: []string{"net/htt"}, Transitive: true}, nil},
		{"excepted", ImportRule{From: "b", Except: []string{"b"}, To: []string{"net/http"}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			assert.ElementsMatch(t, tt.want, keys(Imports(sample(), []ImportRule{tt.rule})))
		})
	}
	found := Imports(sample(), []ImportRule{{From: "a", To: []string{"net/http"}, Transitive: true, Why: "because"}})
	assert.Contains(t, found[0].Detail, "net/http (through b): because", "the text names the way, so that it can be cut")
}

func TestExternal(t *testing.T) {
	all := func(string) bool { return false }
	assert.Equal(t, []string{"a: x", "b: x"}, External(sample(), all))
	assert.Equal(t, []string{"a: x"}, External(sample(), func(p string) bool { return p == "b" }))
}
