package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mostInCircle is how many files of a package may refer to each other in a circle, those to whose declarations one gets
// from each. One has to know all of them to know any.
const mostInCircle = 5

// TestCircles keeps a package from becoming a knot. One declaration that stands in the wrong file makes one: where it
// is named, and the file that it drags in, are told.
func TestCircles(t *testing.T) {
	packages := compiled(t)
	if len(packages.own) < 50 {
		t.Fatalf("%d packages: it does not look at the program", len(packages.own))
	}
	for _, p := range packages.own {
		refers := packages.references(t, p)
		for _, circle := range circles(refers) {
			if len(circle) <= mostInCircle {
				continue
			}
			t.Errorf("%d files of %s refer to each other in a circle: %s", len(circle), p.ImportPath,
				strings.Join(circle, ", "))
			if ties := loosest(refers); len(ties) > 0 {
				t.Logf("it is smallest without one of these: %s", strings.Join(ties, ", "))
			}
		}
	}
}

// A goPackage is a package as `go list` tells of it.
type goPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Module                  *struct{ Main bool }
}

// goPackages are the packages of the program, and what they and all that they import export.
type goPackages struct {
	own      []goPackage
	files    *token.FileSet
	exported types.Importer
}

func compiled(t *testing.T) goPackages {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Module", "./...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{} // what the compiler left, by path
	all := goPackages{files: token.NewFileSet()}
	all.exported = importer.ForCompiler(all.files, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if p.Module != nil && p.Module.Main && len(p.GoFiles) > 0 {
			all.own = append(all.own, p)
		}
	}
}

// references tells which files of a package each of its files refers to: by a name, a method or a field that is declared
// there.
func (all goPackages) references(t *testing.T, p goPackage) map[string][]string {
	t.Helper()
	var trees []*ast.File
	for _, name := range p.GoFiles {
		tree, err := parser.ParseFile(all.files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	checked, err := (&types.Config{Importer: all.exported}).Check(p.ImportPath, all.files, trees, &info)
	if err != nil {
		t.Fatal(err)
	}
	in := func(pos token.Pos) string { return filepath.Base(all.files.Position(pos).Filename) }
	refers := map[string][]string{}
	for use, what := range info.Uses {
		if what.Pkg() != checked || !what.Pos().IsValid() {
			continue
		}
		if from, to := in(use.Pos()), in(what.Pos()); from != to && !slices.Contains(refers[from], to) {
			refers[from] = append(refers[from], to)
		}
	}
	return refers
}

// circles are the sets of more than one file in which each leads to each other.
func circles(refers map[string][]string) [][]string {
	reached := map[string]map[string]bool{}
	for from := range refers {
		seen := map[string]bool{}
		for left := slices.Clone(refers[from]); len(left) > 0; {
			next := left[0]
			if left = left[1:]; !seen[next] {
				seen[next] = true
				left = append(left, refers[next]...)
			}
		}
		reached[from] = seen
	}
	var out [][]string
	done := map[string]bool{}
	for _, from := range slices.Sorted(maps.Keys(reached)) {
		if done[from] || !reached[from][from] {
			continue
		}
		var circle []string
		for _, to := range slices.Sorted(maps.Keys(reached[from])) {
			if reached[to][from] {
				circle = append(circle, to)
				done[to] = true
			}
		}
		out = append(out, circle)
	}
	return out
}

func largest(refers map[string][]string) int {
	most := 0
	for _, circle := range circles(refers) {
		most = max(most, len(circle))
	}
	return most
}

// loosest are the references without which, each alone, the largest circle is the smallest, and smaller than it is.
func loosest(refers map[string][]string) []string {
	least, out := largest(refers)-1, []string(nil)
	for _, from := range slices.Sorted(maps.Keys(refers)) {
		for _, to := range refers[from] {
			without := maps.Clone(refers)
			without[from] = slices.DeleteFunc(slices.Clone(refers[from]), func(f string) bool { return f == to })
			most := largest(without)
			if most < least {
				least, out = most, nil
			}
			if most == least {
				out = append(out, fmt.Sprintf("%s to %s (then %d)", from, to, most))
			}
		}
	}
	return out
}

// What is told of a knot is which reference ties it.
func TestCirclesTold(t *testing.T) {
	refers := map[string][]string{"root": {"a", "b", "c"}, "a": {"base"}, "b": {"base"}, "c": {"base", "a"},
		"base": {"root"}, "alone": {"a"}}
	if got := circles(refers); len(got) != 1 || !slices.Equal(got[0], []string{"a", "b", "base", "c", "root"}) {
		t.Errorf("circles: %v", got)
	}
	if got := loosest(refers); !slices.Equal(got, []string{"base to root (then 0)"}) {
		t.Errorf("loosest: %v", got)
	}
}
