package program

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// imports are the packages of the program, from the top down, each with those of ours that it may import. The arrows
// run one way: nobody imports what stands above. Tests, and the packages made for them, may import anything.
var imports = []struct{ name, allowed string }{
	{"", "ui/command ui/background"},
	{"ui/command", "ui ui/saving ui/lesson ui/document ui/tour ui/versus ui/inspection ui/linear ui/home ui/story " +
		"ui/terminal ui/text ui/theme " +
		"flow/lab flow/host flow/tap flow/watch flow/hold flow/sandbox flow/sandbox/engine flow/live flow/otlp flow/export " +
		"flow/har flow/mitm flow/traffic flow/homelog flow/alter flow/compare flow/inspect flow/diagnose flow/explain flow/tour " +
		"flow/kept flow/recording flow/redact flow flow/verify client flow/event flow/printable flow/safely flow/shell " +
		"flow/wording recordings " +
		"ui/settings ui/keymap"},
	{"ui", "ui/versus ui/inspection ui/saving ui/home ui/tour ui/whatif ui/chooser ui/tab ui/layout ui/terminal " +
		"ui/keymap ui/pane ui/listing ui/story ui/theme render flow/live flow/citation flow/tour flow/export " +
		"flow/hold flow/answer flow/alter flow/compare " +
		"flow/diagnose flow/recording flow flow/verify flow/shell flow/wording"},
	{"ui/lesson", "ui/document ui/story ui/theme render flow/tour flow/explain flow/citation flow/export flow/diagnose " +
		"flow flow/event flow/shell flow/wording"},
	{"ui/versus", "ui/terminal ui/keymap ui/pane ui/story ui/theme render flow/compare flow/wording"},
	{"ui/inspection", "ui/terminal ui/keymap ui/pane ui/story ui/theme render flow/inspect flow/diagnose flow flow/verify"},
	{"ui/linear", "ui/saving ui/tab ui/pane ui/text ui/story ui/theme render flow/export flow/compare flow/diagnose flow client"},
	{"ui/saving", "ui/document ui/chooser ui/keymap ui/story ui/theme flow/export flow/recording flow/redact flow flow/safely"},
	{"ui/document", "ui/text ui/story ui/theme render flow/citation flow/export flow/diagnose flow flow/verify flow/shell " +
		"flow/wording"},
	{"ui/tour", "ui/keymap ui/theme render flow/tour flow/safely"},
	{"ui/home", "ui/keymap ui/pane ui/story ui/theme render flow/shell"},
	{"ui/tab", "ui/keymap ui/pane ui/story flow/compare flow flow/wording"},
	{"ui/whatif", "ui/chooser ui/keymap ui/theme flow/answer flow/alter flow/event flow/shell"},
	{"ui/chooser", "ui/keymap ui/theme render"},
	{"ui/layout", "ui/pane"},
	{"ui/terminal", "ui/story client"},
	{"ui/settings", "ui/theme flow/printable flow/wording"},
	{"ui/background", ""},
	{"ui/pane", "ui/listing ui/keymap ui/story ui/theme render flow/explain flow/verify flow/event flow/wording"},
	{"ui/listing", "client flow/verify flow/event flow/wording"},
	{"ui/text", "ui/story ui/theme render flow/export flow/compare flow/inspect flow/diagnose flow/explain flow/tour flow " +
		"flow/verify client flow/shell flow/wording"},
	{"ui/story", "ui/keymap ui/theme render flow/citation flow/export flow/explain flow/signed flow/hold flow/answer flow/alter " +
		"flow/diagnose " +
		"flow/compare " +
		"flow flow/verify flow/auth client flow/event flow/shell flow/wording"},
	{"ui/theme", "ui/keymap render"},
	{"ui/keymap", ""},
	{"render", ""},
	{"flow/lab", "client flow/event flow/printable flow/safely"},
	{"flow/host", "flow/sandbox flow/sandbox/engine flow/answer flow/watch flow/traffic flow flow/response client"},
	{"flow/sandbox", "flow/sandbox/engine flow/live flow/alter flow flow/auth client flow/event"},
	{"flow/sandbox/engine", "flow/live flow/answer flow/alter flow flow/auth client flow/event"},
	{"flow/live", "flow/alter flow/inspect flow flow/verify flow/response client flow/event"},
	{"flow/otlp", "flow/export flow/diagnose flow flow/verify flow/response client flow/printable"},
	{"flow/export", "flow/har flow/inspect flow/diagnose flow/answer flow/alter flow/compare flow/recording flow " +
		"flow/verify flow/response client flow/event flow/printable flow/shell"},
	{"flow/homelog", "flow flow/packed flow/response client"},
	{"flow/tap", "flow/watch flow/traffic flow client"},
	{"flow/watch", "flow/traffic flow/recording flow client"},
	{"flow/har", "flow/traffic flow/recording flow client"},
	{"flow/mitm", "flow/traffic client"},
	{"flow/traffic", "flow flow/verify flow/response client flow/event flow/wording"},
	{"flow/tour", "flow/diagnose flow flow/verify client flow/wording"},
	{"flow/hold", "flow/answer"},
	{"flow/answer", "flow/alter flow client flow/event"},
	{"flow/alter", "flow flow/response client flow/event flow/wording"},
	{"flow/kept", "flow/recording flow"},
	{"flow/signed", "flow flow/verify client flow/event flow/wording"},
	{"flow/redact", "flow/diagnose flow flow/verify client flow/event"},
	{"flow/compare", "flow/diagnose flow flow/verify flow/response client flow/event"},
	{"flow/inspect", "flow/diagnose flow flow/verify flow/response client flow/event flow/wording"},
	{"flow/diagnose", "flow/explain flow flow/verify flow/response flow/auth client flow/event flow/shell"},
	{"flow/explain", "flow/citation flow flow/response client flow/event flow/wording"},
	{"flow/recording", "flow flow/packed flow/response client flow/printable flow/safely"},
	{"flow", "flow/verify flow/response client flow/event flow/wording"},
	{"flow/verify", "flow/response flow/auth client flow/event flow/wording"},
	{"flow/response", "client flow/event"},
	{"flow/auth", "flow/event flow/wording"},
	{"client", "flow/event flow/safely flow/wording"},
	{"flow/event", "flow/wording"},
	{"flow/printable", ""},
	{"flow/packed", ""},
	{"flow/safely", ""},
	{"flow/shell", ""},
	{"flow/citation", ""},
	{"flow/wording", ""},
	{"recordings", ""},
}

// forTests are the packages that only tests import.
var forTests = []string{"client/freeport", "flow/flowtest", "flow/sandbox/sandboxtest", "render/rendertest", "recordings/mutate"}

// importsOf are the packages there are, each with those of ours that it imports. Of tests and of other modules there is
// nothing.
func importsOf(t *testing.T) map[string]map[string]bool {
	t.Helper()
	used := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "interop" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), ".")
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if used[dir] == nil {
			used[dir] = map[string]bool{}
		}
		for _, spec := range file.Imports {
			if path, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "doorstep/"); ours {
				used[dir][path] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestImports(t *testing.T) {
	above := map[string]int{} // a package may import what comes after it
	for i, p := range imports {
		above[p.name] = i
	}
	used := importsOf(t)
	for dir, paths := range used {
		i, known := above[dir]
		if !known {
			if !slices.Contains(forTests, dir) {
				t.Errorf("package %s is not in the table of imports", dir)
			}
			continue
		}
		for path := range paths {
			if !slices.Contains(strings.Fields(imports[i].allowed), path) {
				t.Errorf("package %q imports %s, which the table does not allow", dir, path)
			}
		}
	}
	for i, p := range imports {
		if used[p.name] == nil {
			t.Errorf("package %q is in the table, and there is none", p.name)
		}
		for _, path := range strings.Fields(p.allowed) {
			if j, known := above[path]; !known || j <= i {
				t.Errorf("package %q may import %s, which does not stand below it", p.name, path)
			}
			if !used[p.name][path] {
				t.Errorf("package %q may import %s, and does not", p.name, path)
			}
		}
	}
}

// startsGoroutines are the files that start goroutines otherwise than by client.Go, or have a library start one, each
// with the reason.
var startsGoroutines = map[string]string{
	"client/goroutine.go":          "it is client.Go",
	"client/client.go":             "context.AfterFunc sets a deadline, and does nothing else",
	"client/listener.go":           "context.AfterFunc calls client.Go",
	"flow/sandbox/engine/start.go": "context.AfterFunc calls client.Go",
}

// Every goroutine is started by client.Go, so that a panic in it gives the terminal back; handlers of requests are run
// by client.Contain, and screens by terminal.Show, for what other packages start.
func TestGoroutines(t *testing.T) {
	needed := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "interop" || d.Name() == "testdata" || name != "." &&
			strings.HasPrefix(d.Name(), ".")) {
			return cmp.Or(err, fs.SkipDir)
		}
		name = filepath.ToSlash(name)
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			slices.Contains(forTests, path.Dir(name)) {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		wrong := func(n ast.Node, what string) {
			needed[name] = true
			if startsGoroutines[name] == "" {
				t.Errorf("%s: %s", files.Position(n.Pos()), what)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				wrong(n, "a bare go: use client.Go")
			case *ast.CallExpr:
				called, _ := n.Fun.(*ast.SelectorExpr)
				if called == nil {
					return true
				}
				of, _ := called.X.(*ast.Ident)
				switch {
				case called.Sel.Name == "AfterFunc":
					wrong(n, "it starts a goroutine of its own")
				case called.Sel.Name == "Go" && (of == nil || of.Name != "client"):
					wrong(n, "it starts a goroutine of its own: use client.Go")
				case called.Sel.Name == "NewProgram" && name != "ui/terminal/show.go":
					wrong(n, "use terminal.Show")
				}
			case *ast.CompositeLit:
				if of, _ := n.Type.(*ast.SelectorExpr); of != nil && of.Sel.Name == "Server" && !guardsHandler(n) {
					wrong(n, "its handler has to be under client.Contain or client.Guard")
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range startsGoroutines {
		if !needed[name] {
			t.Errorf("%s needs no exception", name)
		}
	}
}

// guardsHandler reports whether the handler of a server is under Contain, or defers Guard.
func guardsHandler(server *ast.CompositeLit) (guards bool) {
	for _, e := range server.Elts {
		if field, ok := e.(*ast.KeyValueExpr); ok && field.Key.(*ast.Ident).Name == "Handler" {
			ast.Inspect(field.Value, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && (id.Name == "Contain" || id.Name == "Guard") {
					guards = true
				}
				return true
			})
		}
	}
	return guards
}

// housed is a package, or two of them, in the drawing of the house: how deep it stands, and its name.
var housed = regexp.MustCompile(`^( {4,})((?:[a-z]+/)+(?: (?:[a-z]+/)+)*)(?:  +\S|\n)`)

// The drawing of the house has every package, and no other.
func TestHouse(t *testing.T) {
	guide, err := os.ReadFile(".github/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, house, _ := strings.Cut(string(guide), "## The house")
	house, _, _ = strings.Cut(house, "Imports run one way")
	drawn, above := map[string]bool{}, ""
	for line := range strings.Lines(house) {
		m := housed.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, name := range strings.Fields(m[2]) {
			if name = strings.TrimSuffix(name, "/"); len(m[1]) == 4 {
				above = name
			} else {
				name = above + "/" + name
			}
			drawn[name] = true
		}
	}
	there := importsOf(t)
	for name := range there {
		if !drawn[name] && name != "" {
			t.Errorf(".github/CONTRIBUTING.md does not draw the package %q", name)
		}
	}
	for name := range drawn {
		if there[name] == nil && !strings.Contains(name, "interop") {
			t.Errorf(".github/CONTRIBUTING.md draws the package %q, and there is none", name)
		}
	}
}

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
