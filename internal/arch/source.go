package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// Tree is the parsed Go source below one directory, nested modules included.
type Tree struct {
	fset  *token.FileSet
	files []*file
}

type file struct {
	path  string // slash-separated, from the root
	test  bool   // its name ends in _test.go
	lines int
	*ast.File
}

func (f *file) dir() string { return path.Dir(f.path) }

// main tells whether the file is of a program.
func (f *file) main() bool { return f.Name.Name == "main" }

// Parse reads all Go files of fsys but those in directories named testdata or
// vendor, in hidden ones, and generated files.
func Parse(fsys fs.FS) (*Tree, error) {
	t := &Tree{fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && skipped(d.Name()):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		return t.add(fsys, name)
	})
	if err != nil {
		return nil, fmt.Errorf("arch: %w", err)
	}
	return t, nil
}

func skipped(dir string) bool {
	return dir == "testdata" || dir == "vendor" || strings.HasPrefix(dir, ".")
}

func (t *Tree) add(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(t.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if ast.IsGenerated(parsed) {
		return nil
	}
	t.files = append(t.files, &file{
		path:  name,
		test:  strings.HasSuffix(name, "_test.go"),
		lines: bytes.Count(src, []byte("\n")),
		File:  parsed,
	})
	return nil
}

// lines counts the lines that n covers.
func (t *Tree) lines(n ast.Node) int {
	return t.fset.Position(n.End()).Line - t.fset.Position(n.Pos()).Line + 1
}

// at is the place of n, for people.
func (t *Tree) at(n ast.Node) string {
	p := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// name is a function's name in findings: "dir.Type.Method" or "dir.Func".
func (f *file) name(fn *ast.FuncDecl) string {
	if r := receiver(fn); r != "" {
		return f.dir() + "." + r + "." + fn.Name.Name
	}
	return f.dir() + "." + fn.Name.Name
}

// receiver is the name of a method's type, or "".
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	x := fn.Recv.List[0].Type
	for {
		switch v := x.(type) {
		case *ast.StarExpr:
			x = v.X
		case *ast.IndexExpr:
			x = v.X
		case *ast.IndexListExpr:
			x = v.X
		case *ast.Ident:
			return v.Name
		default:
			return ""
		}
	}
}

// imported returns the name under which f imports a package, or "".
func (f *file) imported(pkg string) string {
	for _, s := range f.Imports {
		if strings.Trim(s.Path.Value, `"`) != pkg {
			continue
		}
		if s.Name != nil {
			return s.Name.Name
		}
		return path.Base(pkg)
	}
	return ""
}

// called splits a call of a package's function, x.F(...), into x and F.
func called(e ast.Expr) (pkg, fn string) {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return "", ""
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return x.Name, sel.Sel.Name
}
