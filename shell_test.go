package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Text for a shell is made by flow/shell and nowhere else: nothing converts to its types, and no command is put
// together of strings.
func TestShellOnlyHere(t *testing.T) {
	files := token.NewFileSet()
	looked := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || path == filepath.Join("flow", "shell") ||
			path == filepath.Join("flow", "interop")):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		looked++
		for _, at := range madeElsewhere(file) {
			t.Errorf("%s: text for a shell that flow/shell does not make", files.Position(at))
		}
		return nil
	})
	if err != nil || looked < 300 {
		t.Fatalf("%d files, %v", looked, err)
	}
	t.Logf("%d files make no text for a shell by themselves", looked)
}

// commandWord begins a command that a shell runs.
const commandWord = "(?:^|[\\s`'\"(:;|])(?:doorstep [a-z]+|curl|openssl|dig|ssh|sudo|docker)"

var (
	// openCommand is a text that ends within a command: what is put behind it is a word of it.
	openCommand = regexp.MustCompile(commandWord + "(?: [^\\s.:;,()`]+)* ?[-'\"=/:@]*$")
	// filledCommand is a format that has a word of a command filled in.
	filledCommand = regexp.MustCompile(commandWord + "(?: [^\\s.:;,()`%]+)* ['\"=/:@]*%[-+#0-9]*[a-z]")
)

// madeElsewhere returns where a file puts text for a shell together.
func madeElsewhere(file *ast.File) []token.Pos {
	var out []token.Pos
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Text" || s.Sel.Name == "Code" || s.Sel.Name == "Word") {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "shell" {
					out = append(out, n.Pos())
				}
			}
		case *ast.BinaryExpr:
			if text, ok := literal(lastOf(n.X)); ok && n.Op == token.ADD && openCommand.MatchString(text) {
				if _, constant := literal(n.Y); !constant {
					out = append(out, n.Pos())
				}
			}
		case *ast.BasicLit:
			if text, ok := literal(n); ok && filledCommand.MatchString(text) {
				out = append(out, n.Pos())
			}
		}
		return true
	})
	return out
}

// lastOf is the last operand of what is added up.
func lastOf(e ast.Expr) ast.Expr {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.ADD {
		return lastOf(b.Y)
	}
	return e
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// What is looked for is found.
func TestShellElsewhereIsFound(t *testing.T) {
	for expression, want := range map[string]bool{
		`shell.Text(name)`:                                                   true,
		`shell.Code("signature " + n)`:                                       true,
		`"doorstep replay " + name`:                                          true,
		`"curl -s https://" + host`:                                          true,
		`"curl -g" + flags`:                                                  true,
		`"curl -s " + url`:                                                   true,
		`"see: doorstep join '" + room + "'"`:                                true,
		`fmt.Sprintf("doorstep leave %s", room)`:                             true,
		`fmt.Sprintf("x; doorstep join --via %q", v)`:                        true,
		"\"`doorstep explain \" + name + \"`\"":                              true,
		`"openssl dgst " + file`:                                             true,
		`"doorstep explain tells more: " + more`:                             false,
		`fmt.Errorf("no %q; doorstep replay --list names them all%s", a, b)`: false,
		`"doorstep tap: " + why`:                                             false,
		`shell.Command(shell.Verbatim("curl"), w)`:                           false,
		`"this is " + name`:                                                  false,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar _ = "+expression, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(madeElsewhere(file)) > 0; got != want {
			t.Errorf("%s: found %v", expression, got)
		}
	}
}
