package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// constructors are functions whose result is a value that nobody changes, so
// that a package variable may hold it.
var constructors = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer",
	"crc32.MakeTable", "crc64.MakeTable", "netip.MustParsePrefix", "template.Must",
}

// Vars returns the package variables, outside tests, that are neither sentinel
// errors, regular expressions, filled tables nor `var _ I = T{}`.
func (t *Tree) Vars() []Finding {
	var found []Finding
	for _, f := range t.files {
		if f.test {
			continue
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				found = append(found, f.vars(s.(*ast.ValueSpec), embeds(g))...)
			}
		}
	}
	return found
}

func (f *file) vars(s *ast.ValueSpec, embedded bool) []Finding {
	var found []Finding
	for i, name := range s.Names {
		if name.Name == "_" || embedded || i < len(s.Values) && fixed(s.Values[i]) {
			continue
		}
		found = append(found, Finding{"package-var", f.dir() + "." + name.Name,
			"a package variable may be a sentinel error, a regular expression, a filled table or `var _ I = T{}`: make it a constant, or a field of what uses it"})
	}
	return found
}

// embeds tells whether a declaration is filled by go:embed.
func embeds(g *ast.GenDecl) bool {
	return g.Doc != nil && slices.ContainsFunc(g.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed") })
}

// fixed tells whether x makes a value that is meant to stay as it is.
func fixed(x ast.Expr) bool {
	switch v := x.(type) {
	case *ast.CompositeLit:
		return len(v.Elts) > 0
	case *ast.CallExpr:
		pkg, fn := called(v)
		if slices.Contains(constructors, pkg+"."+fn) {
			return true
		}
		// A table that is worked out: xTable().
		if id, ok := v.Fun.(*ast.Ident); ok && len(v.Args) == 0 && strings.HasSuffix(id.Name, "Table") {
			return true
		}
		// A conversion of a literal, for example []byte("...").
		if _, ok := v.Fun.(*ast.ArrayType); ok && len(v.Args) == 1 {
			_, ok = v.Args[0].(*ast.BasicLit)
			return ok
		}
	}
	return false
}

// Calls returns what takes decisions that belong to the program, or waits for
// time to pass: init functions and time.Sleep anywhere, os.Exit and log.Fatal in
// code that is neither a program nor a test.
func (t *Tree) Calls() []Finding {
	var found []Finding
	for _, f := range t.files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, Finding{"init", f.path, "init functions run behind the caller's back: build what it builds in a constructor"})
			}
			found = append(found, t.calls(f, fn)...)
		}
	}
	return found
}

func (t *Tree) calls(f *file, fn *ast.FuncDecl) []Finding {
	var found []Finding
	mayExit := f.main() || f.test
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		pkg, name := called(call)
		switch {
		case pkg == "":
		case pkg == f.imported("time") && name == "Sleep":
			found = append(found, Finding{"sleep", f.name(fn), t.at(n) + ": wait for an event (a channel, a context) or move an injected clock, do not sleep"})
		case mayExit:
		case pkg == f.imported("os") && name == "Exit", pkg == f.imported("log") && (strings.HasPrefix(name, "Fatal") || strings.HasPrefix(name, "Panic")):
			found = append(found, Finding{"exit", f.name(fn), t.at(n) + ": return an error; only package main ends the process"})
		}
		return true
	})
	return found
}
