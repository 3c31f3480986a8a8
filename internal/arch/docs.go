package arch

import (
	"go/ast"
	"slices"
	"strings"
)

// Docs returns what is not explained: packages without a doc.go, without a
// picture in it or without an Example, programs without a package comment, and
// exported names without a comment.
func (t *Tree) Docs() []Finding {
	var found []Finding
	for dir, files := range t.packages() {
		found = append(found, packageDocs(dir, files)...)
		for _, f := range files {
			if !f.test && !f.main() {
				found = append(found, t.comments(f)...)
			}
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
	return found
}

// packages groups the files by directory; one of tests alone is left out.
func (t *Tree) packages() map[string][]*file {
	dirs := make(map[string][]*file)
	for _, f := range t.files {
		dirs[f.dir()] = append(dirs[f.dir()], f)
	}
	for dir, files := range dirs {
		if !slices.ContainsFunc(files, func(f *file) bool { return !f.test }) {
			delete(dirs, dir)
		}
	}
	return dirs
}

func packageDocs(dir string, files []*file) []Finding {
	var doc, home string
	var main, exports, example bool
	for _, f := range files {
		if f.test {
			example = example || hasExample(f)
			continue
		}
		main = main || f.main()
		exports = exports || slices.ContainsFunc(f.Decls, exported)
		if f.Doc != nil {
			doc, home = f.Doc.Text(), f.path
		}
	}
	var found []Finding
	miss := func(rule, detail string) { found = append(found, Finding{rule, dir, detail}) }
	switch {
	case doc == "":
		miss("package-doc", "no package comment: say in doc.go what the package is for, with a picture")
	case main:
	case !strings.HasSuffix(home, "/doc.go"):
		miss("package-doc", "the package comment is in "+home+": move it to doc.go")
	case !strings.Contains(doc, "\n\t"):
		miss("package-doc", "no picture in doc.go: add an indented sketch of how the parts hang together")
	}
	if !main && exports && !example {
		miss("example", "no Example: add a compiled one in example_test.go")
	}
	return found
}

func hasExample(f *file) bool {
	return slices.ContainsFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example")
	})
}

// exported tells whether a declaration makes a name for other packages.
func exported(d ast.Decl) bool {
	switch v := d.(type) {
	case *ast.FuncDecl:
		r := receiver(v)
		return v.Name.IsExported() && (r == "" || ast.IsExported(r))
	case *ast.GenDecl:
		return slices.ContainsFunc(v.Specs, exportedSpec)
	}
	return false
}

func exportedSpec(s ast.Spec) bool {
	switch v := s.(type) {
	case *ast.TypeSpec:
		return v.Name.IsExported()
	case *ast.ValueSpec:
		return slices.ContainsFunc(v.Names, (*ast.Ident).IsExported)
	}
	return false
}

// interfaceMethods are methods whose meaning is that of a well-known interface,
// so that a comment would only repeat it.
var interfaceMethods = []string{
	"Error", "Unwrap", "Is", "As", "String", "Read", "Write", "Close", "ReadAt", "ReadFrom", "WriteTo",
	"ServeHTTP", "Len", "Less", "Swap", "Describe", "Collect", "Flush", "Header", "WriteHeader",
	"MarshalText", "UnmarshalText", "MarshalJSON", "UnmarshalJSON", "MarshalXML", "UnmarshalXML", "MarshalYAML", "UnmarshalYAML",
	"LogValue", "Handle", "Enabled", "WithAttrs", "WithGroup", "Timeout", "Temporary", "Sum", "Reset", "Size", "BlockSize",
}

// comments finds exported names without a comment; one on a group is enough for
// its members.
func (t *Tree) comments(f *file) []Finding {
	var found []Finding
	miss := func(name string) {
		found = append(found, Finding{"comment", f.dir() + "." + name, "an exported name needs a comment: its contract, units, errors, and whether it is safe for concurrent use"})
	}
	for _, d := range f.Decls {
		switch v := d.(type) {
		case *ast.FuncDecl:
			if v.Doc == nil && exported(v) && (v.Recv == nil || !slices.Contains(interfaceMethods, v.Name.Name)) {
				miss(strings.TrimPrefix(f.name(v), f.dir()+"."))
			}
		case *ast.GenDecl:
			for _, s := range v.Specs {
				if v.Doc == nil && exportedSpec(s) && !commented(s) {
					miss(specName(s))
				}
			}
		}
	}
	return found
}

func commented(s ast.Spec) bool {
	switch v := s.(type) {
	case *ast.TypeSpec:
		return v.Doc != nil || v.Comment != nil
	case *ast.ValueSpec:
		return v.Doc != nil || v.Comment != nil
	}
	return true
}

func specName(s ast.Spec) string {
	switch v := s.(type) {
	case *ast.TypeSpec:
		return v.Name.Name
	case *ast.ValueSpec:
		return v.Names[0].Name
	}
	return ""
}
