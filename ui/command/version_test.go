package command

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

// What is told of a build, by each way there is to make one.
func TestVersion(t *testing.T) {
	const sum = "h1:dBZ7iAtGGSTVoEmpoPWFcNrXYcbxBKVBVSk6AVmUT2E="
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	commit := []debug.BuildSetting{setting("vcs", "git"), setting("vcs.revision", "0123456789abcdef0123"),
		setting("vcs.time", "2026-11-27T18:06:52Z"), setting("vcs.modified", "false")}
	changed := append(commit[:3:3], setting("vcs.modified", "true"))
	for _, c := range []struct {
		made        string
		module, sum string
		settings    []debug.BuildSetting
		release     [3]string
		short, want string
	}{
		{"go install @latest, of a tag", "v1.2.3", sum, nil, [3]string{},
			"v1.2.3", "v1.2.3 (the commit of that tag, " + sum + ")"},
		{"go install @latest, without a tag", "v0.0.0-20261127180652-cca0491d8f96", sum, nil, [3]string{},
			"v0.0.0-20261127180652-cca0491d8f96",
			"v0.0.0-20261127180652-cca0491d8f96 (commit cca0491d8f96, 2026-11-27T18:06:52Z)"},
		{"go install @main, after a tag", "v1.2.4-0.20261127180652-cca0491d8f96", sum, nil, [3]string{},
			"v1.2.4-0.20261127180652-cca0491d8f96",
			"v1.2.4-0.20261127180652-cca0491d8f96 (commit cca0491d8f96, 2026-11-27T18:06:52Z)"},
		{"a checkout of a tag", "v1.2.3", "", commit, [3]string{},
			"v1.2.3", "v1.2.3 (commit 0123456789ab, 2026-11-27T18:06:52Z)"},
		{"a checkout with changes", "v1.2.4-0.20261127180652-0123456789ab+dirty", "", changed, [3]string{},
			"v1.2.4-0.20261127180652-0123456789ab+dirty",
			"v1.2.4-0.20261127180652-0123456789ab+dirty (commit 0123456789ab with changes, 2026-11-27T18:06:52Z)"},
		{"a checkout, by a Go that gives it no version", "(devel)", "", commit, [3]string{},
			"development (0123456789ab)", "development (commit 0123456789ab, 2026-11-27T18:06:52Z)"},
		{"the same with changes", "", "", changed, [3]string{}, "development (0123456789ab, with changes)",
			"development (commit 0123456789ab with changes, 2026-11-27T18:06:52Z)"},
		{"a build without version control", "(devel)", "", nil, [3]string{},
			"development", "development (no commit in this build, no date)"},
		{"a build that has nothing", "", "", nil, [3]string{},
			"development", "development (no commit in this build, no date)"},
		{"a release", "(devel)", "", nil, [3]string{"1.2.3", "0123456789abcdef0123", "2026-11-27T18:06:52Z"},
			"v1.2.3", "v1.2.3 (commit 0123456789ab, 2026-11-27T18:06:52Z)"},
		{"a release of a checkout", "v1.2.3", "", commit, [3]string{"v1.2.3", "", ""},
			"v1.2.3", "v1.2.3 (commit 0123456789ab, 2026-11-27T18:06:52Z)"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.module, Sum: c.sum}, Settings: c.settings}
		b := buildOf(info).released(c.release[0], c.release[1], c.release[2])
		if b.short() != c.short || b.String() != c.want {
			t.Errorf("%s: %q and %q, want %q and %q", c.made, b.short(), b.String(), c.short, c.want)
		}
	}
}

// The program prints it, in one line.
func TestVersionIsPrinted(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := Run([]string{"--version"}, &stdout, &stderr)
	if want := "doorstep version " + thisBuild().String() + "\n"; code != 0 || stdout.String() != want || stderr.Len() > 0 {
		t.Errorf("exit code %d, %q, want %q; %s", code, stdout.String(), want, stderr.String())
	}
}

// The linker says nothing of a variable that is not there: those that releases name are held against the source.
func TestReleaseVariables(t *testing.T) {
	config, err := os.ReadFile("../../.github/release/goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	source, err := parser.ParseFile(token.NewFileSet(), "version.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]bool{}
	for _, d := range source.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, s := range g.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					variables[name.Name] = strings.HasPrefix(name.Name, "release")
				}
			}
		}
	}
	set := regexp.MustCompile(`-X doorstep/ui/command\.(\w+)=`).FindAllStringSubmatch(string(config), -1)
	for _, found := range set {
		if !variables[found[1]] {
			t.Errorf("releases set %s, which is no variable of version.go", found[1])
		}
		delete(variables, found[1])
	}
	for name, release := range variables {
		if release {
			t.Errorf("no release sets %s", name)
		}
	}
}
