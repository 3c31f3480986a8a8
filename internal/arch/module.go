package arch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// Finding is one breach of a rule.
type Finding struct {
	// Rule is the rule's short name, and Subject what breaks it: a file
	// ("objstore/put.go"), a function ("objstore.Bucket.Put"), a package
	// ("objstore"). Together they name the breach in a list of exceptions.
	Rule, Subject string

	// Detail says what is wrong and what to do.
	Detail string
}

func (f Finding) String() string { return f.Rule + ": " + f.Subject + ": " + f.Detail }

// Package is a package of the module or one that it depends on, without tests.
type Package struct {
	ImportPath string
	Standard   bool     // of the standard library
	Module     string   // path of its module; "" in the standard library
	Main       bool     // of the module that was listed, not a dependency
	Imports    []string // direct
	Deps       []string // direct and indirect
}

// listed is the part of `go list -json` that is read.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
	Module     *struct {
		Path string
		Main bool
	}
}

// List returns the packages of the module in dir and everything that they
// depend on, as the go command sees them. Packages need not compile.
func List(ctx context.Context, dir string) ([]Package, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-deps", "-json=ImportPath,Standard,Imports,Deps,Module", "./...")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	return decode(bytes.NewReader(out))
}

func decode(r io.Reader) ([]Package, error) {
	var pkgs []Package
	for d := json.NewDecoder(r); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		p := Package{ImportPath: l.ImportPath, Standard: l.Standard, Imports: l.Imports, Deps: l.Deps}
		if l.Module != nil {
			p.Module, p.Main = l.Module.Path, l.Module.Main
		}
		pkgs = append(pkgs, p)
	}
}

// ImportRule forbids imports. From, Except and To are patterns: an import path,
// or one that ends in "/..." for it and all below it. Paths are given without
// the module's path where they are inside the module; "external" stands for all
// packages of other modules.
type ImportRule struct {
	From   string
	Except []string // of From
	To     []string

	// Transitive also forbids to depend on To through others.
	Transitive bool

	// Why is the reason, for the one who breaks the rule.
	Why string
}

// Imports returns the breaches of rules.
func Imports(pkgs []Package, rules []ImportRule) []Finding {
	byPath := make(map[string]*Package, len(pkgs))
	for i := range pkgs {
		byPath[pkgs[i].ImportPath] = &pkgs[i]
	}
	var found []Finding
	for i := range pkgs {
		p := &pkgs[i]
		if !p.Main {
			continue
		}
		from := short(p, p.ImportPath)
		for _, r := range rules {
			if !matches(r.From, from) || slices.ContainsFunc(r.Except, func(e string) bool { return matches(e, from) }) {
				continue
			}
			if to := r.breach(p, byPath); to != "" {
				found = append(found, Finding{"import", from, fmt.Sprintf("imports %s: %s. Move the code that needs it, or turn the dependency around.", to, r.Why)})
			}
		}
	}
	return found
}

// breach returns the first forbidden import of p, with the way to it.
func (r ImportRule) breach(p *Package, byPath map[string]*Package) string {
	imports := p.Imports
	if r.Transitive {
		imports = p.Deps
	}
	for _, path := range imports {
		to := short(p, path)
		q := byPath[path]
		external := q != nil && !q.Standard && !q.Main
		for _, pattern := range r.To {
			if matches(pattern, to) || pattern == "external" && external {
				return to + via(p, path, byPath)
			}
		}
	}
	return ""
}

// via names the direct import through which p depends on path.
func via(p *Package, path string, byPath map[string]*Package) string {
	if slices.Contains(p.Imports, path) {
		return ""
	}
	for _, direct := range p.Imports {
		if q := byPath[direct]; q != nil && slices.Contains(q.Deps, path) {
			return " (through " + short(p, direct) + ")"
		}
	}
	return ""
}

// short cuts the module's own path off an import path.
func short(p *Package, path string) string {
	if rest, ok := strings.CutPrefix(path, p.Module+"/"); ok {
		return rest
	}
	return path
}

func matches(pattern, path string) bool {
	tree, ok := strings.CutSuffix(pattern, "/...")
	return path == tree || ok && strings.HasPrefix(path, tree+"/")
}

// External returns, for each package of the module that skip does not name, the
// other modules that a program which imports it pulls in: one line a package,
// "package: module module ...", sorted.
func External(pkgs []Package, skip func(pkg string) bool) []string {
	module := make(map[string]string, len(pkgs))
	for _, p := range pkgs {
		if !p.Standard && !p.Main {
			module[p.ImportPath] = p.Module
		}
	}
	var lines []string
	for i := range pkgs {
		p := &pkgs[i]
		name := short(p, p.ImportPath)
		if !p.Main || skip(name) {
			continue
		}
		var mods []string
		for _, d := range p.Deps {
			if m := module[d]; m != "" && !slices.Contains(mods, m) {
				mods = append(mods, m)
			}
		}
		slices.Sort(mods)
		lines = append(lines, strings.TrimSuffix(name+": "+strings.Join(mods, " "), " "))
	}
	slices.Sort(lines)
	return lines
}
