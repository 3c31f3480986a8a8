package arch

import (
	"fmt"
	"go/ast"
	"slices"
)

// Budget bounds how big code may grow, in lines and methods. The bounds of
// files and functions hold for code that is not a test.
type Budget struct {
	FileP90, FileMax int
	FuncP90, FuncMax int
	InterfaceMax     int
}

// Sizes returns what is over the budget.
func (t *Tree) Sizes(b Budget) []Finding {
	var found []Finding
	var files, funcs []int
	for _, f := range t.files {
		found = append(found, t.interfaces(f, b.InterfaceMax)...)
		if f.test {
			continue
		}
		files = append(files, f.lines)
		if f.lines > b.FileMax {
			found = append(found, Finding{"file-size", f.path, fmt.Sprintf("%d lines, at most %d: split it by subject", f.lines, b.FileMax)})
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := t.lines(fn)
			funcs = append(funcs, n)
			if n > b.FuncMax {
				found = append(found, Finding{"func-size", f.name(fn), fmt.Sprintf("%d lines, at most %d: name its steps and make them functions", n, b.FuncMax)})
			}
		}
	}
	if n := p90(files); n > b.FileP90 {
		found = append(found, Finding{"file-p90", "module", fmt.Sprintf("nine files of ten have up to %d lines, wanted %d: split the biggest", n, b.FileP90)})
	}
	if n := p90(funcs); n > b.FuncP90 {
		found = append(found, Finding{"func-p90", "module", fmt.Sprintf("nine functions of ten have up to %d lines, wanted %d: split the biggest", n, b.FuncP90)})
	}
	return found
}

// p90 is the smallest size that nine of ten do not exceed; 0 of none.
func p90(sizes []int) int {
	if len(sizes) == 0 {
		return 0
	}
	slices.Sort(sizes)
	return sizes[(len(sizes)*9+9)/10-1]
}

func (t *Tree) interfaces(f *file, limit int) []Finding {
	var found []Finding
	ast.Inspect(f.File, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if it, ok := spec.Type.(*ast.InterfaceType); ok {
			if n := t.methods(f, it, 0); n > limit {
				found = append(found, Finding{"interface-size", f.dir() + "." + spec.Name.Name,
					fmt.Sprintf("%d methods, at most %d: keep the core and make the rest a second, optional interface", n, limit)})
			}
		}
		return true
	})
	return found
}

// methods counts the methods of an interface; an embedded one of the same
// package counts in full, of another package as one.
func (t *Tree) methods(f *file, it *ast.InterfaceType, depth int) int {
	n := 0
	for _, m := range it.Methods.List {
		id, embedded := m.Type.(*ast.Ident)
		if !embedded || depth > 8 {
			n += max(1, len(m.Names))
			continue
		}
		if in := t.lookup(f.dir(), id.Name); in != nil {
			n += t.methods(f, in, depth+1)
		} else {
			n++
		}
	}
	return n
}

// lookup finds an interface type by name in a directory.
func (t *Tree) lookup(dir, name string) *ast.InterfaceType {
	for _, f := range t.files {
		if f.dir() != dir {
			continue
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.Name == name {
					it, _ := ts.Type.(*ast.InterfaceType)
					return it
				}
			}
		}
	}
	return nil
}
