package program

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/sandbox/sandboxtest"
	"doorstep/ui/command"
)

// A said is a command as a document has it.
type said struct {
	at     string // document and line
	text   string // on one line
	inText bool   // it stands in a sentence, not in a block
}

var (
	inlineCode = regexp.MustCompile("`([^`]+)`")
	// our own program, and what is run of the repository
	aCommand = regexp.MustCompile(`^(doorstep|go (run|test)|cd [a-z/]+ &&|git log|\.ci/run|\.github/[a-z]+/run)(\s|$)`)
	// what stands for something else, as in "doorstep verify FILE|NAME"
	aForm   = regexp.MustCompile(`(^|[ =|])[A-Z][A-Z_]*([ |\]…]|$)|…|\[`)
	aFlag   = regexp.MustCompile(`(?:^|[ \[])(--[a-z-]+)`)
	aRemark = regexp.MustCompile(`\s{2,}.*`)
)

// documents are all there are.
func documents(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.md", ".github/*.md", "flow/interop/*.md", "recordings/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, files...)
	}
	if len(out) < 10 {
		t.Fatalf("the documents are %q", out)
	}
	return out
}

// commandsOf are the commands of a document. Blocks of a shell in the guide are not among them: flow/interop runs
// those, with real homeservers.
func commandsOf(t *testing.T, name string) []said {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []said
	add := func(line int, text string, inText bool) {
		if text = strings.ReplaceAll(text, `\|`, "|"); aCommand.MatchString(text) {
			out = append(out, said{fmt.Sprintf("%s:%d", name, line), text, inText})
		}
	}
	lines := strings.Split(string(text), "\n")
	fence := ""
	for i := 0; i < len(lines); i++ {
		line, at := lines[i], i+1
		if after, is := strings.CutPrefix(line, "```"); is {
			if fence = after; fence == "" || strings.HasPrefix(fence, "sh") && name != ".github/GUIDE.md" {
				fence = ""
			}
			continue
		}
		block := strings.HasPrefix(line, "    ") && fence == ""
		if fence == "console" {
			line, block = strings.TrimPrefix(line, "$ "), true
		}
		if !block {
			if fence == "" {
				for _, m := range inlineCode.FindAllStringSubmatch(line, -1) {
					add(at, m[1], true)
				}
			}
			continue
		}
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, `\`) + strings.TrimSpace(lines[i])
		}
		add(at, aRemark.ReplaceAllString(strings.TrimSpace(line), ""), false)
	}
	return out
}

// A desk is where commands are typed: a folder with what they need, and somebody's recordings.
type desk struct {
	t       *testing.T
	dir     string
	answers map[string]string // the help of commands
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t, t.TempDir(), map[string]string{}}
	for _, before := range []string{"doorstep keygen my.example.signing.key", "doorstep certs lab"} {
		if out, code := d.types(before); code != 0 {
			t.Fatalf("%s: %d\n%s", before, code, out)
		}
	}
	return d
}

func (d *desk) command(text string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(d.t.Context(), 3*time.Minute)
	d.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sh", "-c", text)
	cmd.Dir = d.dir
	cmd.Env = append(environmentWithout("XDG_STATE_HOME", "XDG_CONFIG_HOME", "TERM", "DOORSTEP_TARGET"), "TERM=dumb",
		"XDG_STATE_HOME="+filepath.Join(d.dir, "state"), "XDG_CONFIG_HOME="+filepath.Join(d.dir, "config"))
	return cmd
}

// types types a command into a shell, which is no terminal, and returns what it printed and its exit code.
func (d *desk) types(text string) (printed string, code int) {
	cmd := d.command(text)
	out, _ := cmd.CombinedOutput() // the code says how it ended
	if cmd.ProcessState == nil {
		return string(out), -1
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// wants types a command, which has to end with that code and print that.
func (d *desk) wants(code int, shows, text string) {
	d.t.Helper()
	if out, got := d.types(text); got != code || !strings.Contains(out, shows) {
		d.t.Errorf("%s\nexit code %d, not %d; %q is wanted in\n%s", text, got, code, shows, last(out))
	}
}

// interrupted types a command that goes on until it is interrupted, which is done once something is there.
func (d *desk) interrupted(text string, there func() bool) {
	d.t.Helper()
	cmd := d.command("exec " + text)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	for until := time.Now().Add(2 * time.Minute); !there() && time.Now().Before(until); {
		time.Sleep(20 * time.Millisecond) // between two looks
	}
	if !there() {
		d.t.Errorf("%s: nothing came of it", text)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		d.t.Errorf("%s: it has ended: %v", text, err)
	}
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		d.t.Errorf("%s: exit code %d\n%s", text, cmd.ProcessState.ExitCode(), last(out.String()))
	}
}

// file writes a file that commands need.
func (d *desk) file(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o700); err != nil {
		d.t.Fatal(err)
	}
}

// found are the flags by which a command finds the servers of a federation, which nobody has in DNS.
func found(b *sandboxtest.Beside) string {
	flags := " --allow-private --ca " + b.CA
	for _, pin := range b.Pins {
		flags += " --resolve " + pin
	}
	return flags
}

// beside starts the servers that stand for those of a document, and gives the command with their names in it, and with
// the flags that a federation on one machine needs.
func (d *desk) beside(scenario, text string) (*sandboxtest.Beside, string) {
	d.t.Helper()
	b := federation(d.t, scenario)
	for from, to := range map[string]string{"#room:matrix.example": b.Alias, "#room:my.example": b.Alias,
		"@me:my.example": b.UserID, "@me:probe.example:8448": b.UserID, "0.0.0.0:8448": b.Listen} {
		text = strings.ReplaceAll(text, from, to)
	}
	return b, text + " --listen " + b.Listen + " --tls-cert " + b.Cert + " --tls-key " + b.CertKey + found(b)
}

// joiner is a script that has a server join, by the command that the documents call ./join.sh.
func (d *desk) joiner() {
	d.file("join.sh", "#!/bin/sh\nexec "+d.joins()+"\n")
}

func (d *desk) joins() string {
	return `doorstep join "$DOORSTEP_TARGET" --user @me:` + freeport.Address(d.t) +
		` --ca "$DOORSTEP_CA" --allow-private --yes --no-record --json >/dev/null`
}

// rehearsals are the commands that need somebody else, or end otherwise than with 0: how each is run here.
var rehearsals = map[string]func(d *desk, text string){
	"doorstep sandbox banned":                       ending(1, "The user is banned"),
	"doorstep sandbox public-v12 --alter other-key": ending(1, "403 M_FORBIDDEN"),
	"doorstep diff public-v12 synapse-v12":          ending(1, "Different"),
	"doorstep verify public-v12 --work join | sh":   ending(0, "content hash: same"),
	"doorstep man join | man -l -":                  manual,
	"doorstep check my.example":                     checks,
	"doorstep host no-create --ca-out ca.pem":       hostsUntilInterrupted,
	"doorstep host no-create --expect refused --json -- ./join.sh": func(d *desk, text string) {
		d.joiner()
		d.wants(0, `"result":"refused"`, strings.Replace(text, " -- ", " --listen 127.0.0.1:0 --insecure -- ", 1))
	},
	"doorstep host --all -- ./join.sh": func(d *desk, text string) {
		d.file("join.sh", "#!/bin/sh\necho $DOORSTEP_SCENARIO >>asked\n")
		d.interrupted(strings.Replace(text, " -- ", " --listen 127.0.0.1:0 --quiet 100ms -- ", 1), func() bool {
			asked, _ := os.ReadFile(filepath.Join(d.dir, "asked"))
			return bytes.Count(asked, []byte("\n")) >= 3
		})
	},
	"doorstep join '#room:matrix.example' --user @me:my.example --key my.example.signing.key --candidates all " +
		"--dry-run": func(d *desk, text string) {
		_, text = d.beside("public-v12", text)
		d.wants(0, "dry run", text)
	},
	"doorstep join --wait-invite --user @me:my.example --key my.example.signing.key --listen 0.0.0.0:8448 " +
		"--yes": func(d *desk, text string) {
		b, text := d.beside("invite", text)
		told := b.Inviting(d.t.Context())
		d.wants(0, "outcome: joined", text)
		if err := <-told; err != nil {
			d.t.Error(err)
		}
	},
	"doorstep join '#room:my.example' --user @me:probe.example:8448 --listen 0.0.0.0:8448 --tls-cert fullchain.pem " +
		"--tls-key privkey.pem --dry-run": func(d *desk, text string) {
		_, text = d.beside("public-v12", text)
		d.wants(0, "dry run", text)
	},
	"doorstep tap --listen 127.0.0.1:8448 --upstream https://127.0.0.1:8449 --upstream-name matrix.example --tls-cert " +
		"cert.pem --tls-key key.pem --record joins --fetch-keys": taps,
	`doorstep host no-create --expect refused --certs lab -- sh -c 'curl -fsS -X POST -H "Authorization: Bearer $TOKEN" ` +
		`"https://my.example/_matrix/client/v3/join/%23${DOORSTEP_ALIAS#?}"'`: asksByCurl,
}

// ending is a command that ends with that code and prints that.
func ending(code int, shows string) func(*desk, string) {
	return func(d *desk, text string) { d.wants(code, shows, text) }
}

func manual(d *desk, text string) {
	if _, err := exec.LookPath("man"); err != nil {
		d.t.Log("man is not installed: its input alone is looked at")
		text, _, _ = strings.Cut(text, " | ")
	}
	d.wants(0, "", text)
}

func checks(d *desk, text string) {
	b := federation(d.t, "public-v12")
	d.wants(0, "verified", strings.Replace(text, "my.example", engine.ResidentName, 1)+found(b))
}

func hostsUntilInterrupted(d *desk, text string) {
	d.interrupted(text+" --listen 127.0.0.1:0", func() bool {
		_, err := os.Stat(filepath.Join(d.dir, "ca.pem"))
		return err == nil
	})
}

func taps(d *desk, text string) {
	b, stands := federation(d.t, "public-v12"), freeport.Address(d.t)
	files := resident(d.t, b)
	for from, to := range map[string]string{"127.0.0.1:8448": stands, "127.0.0.1:8449": b.Address(engine.ResidentName),
		"matrix.example": engine.ResidentName, "cert.pem": files + ".crt", "key.pem": files + ".key"} {
		text = strings.Replace(text, from, to, 1)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.wants(0, "outcome: joined", text+" --allow-private --ca "+b.CA+" --once --quiet 1s")
	}()
	listened(d.t, stands)
	args := append([]string{"join", b.Alias, "--yes", "--json"}, b.Args()...)
	for i, a := range args {
		if strings.HasPrefix(a, engine.ResidentName+":8448:") {
			args[i] = engine.ResidentName + ":8448:" + stands
		}
	}
	ends(d.t, 0, args...)
	<-done
	if kept, err := filepath.Glob(filepath.Join(d.dir, "joins/*.jsonl")); err != nil || len(kept) != 1 {
		d.t.Errorf("%q %v", kept, err)
	}
}

// asksByCurl has a client API stand for that of a homeserver, which joins what it is asked to.
func asksByCurl(d *desk, text string) {
	if _, err := exec.LookPath("curl"); err != nil {
		d.t.Skip("curl is not installed")
	}
	var alias string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		alias = strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3/join/")
		join := d.command(strings.ReplaceAll(strings.ReplaceAll(d.joins(), "$DOORSTEP_TARGET", alias), "$DOORSTEP_CA",
			"lab/authority.crt"))
		if err := join.Run(); err != nil {
			http.Error(w, `{"errcode":"M_UNKNOWN"}`, http.StatusForbidden)
		}
	}))
	d.t.Cleanup(api.Close)
	text = strings.Replace(text, "https://my.example", api.URL, 1)
	d.wants(0, "as expected", strings.Replace(text, " -- ", " --listen 127.0.0.1:0 --insecure -- ", 1))
	if !strings.HasPrefix(alias, "#room:127.0.0.1:") {
		d.t.Errorf("asked for was %q", alias)
	}
}

// TestDocsCommands runs every command of every document, as it stands there; what needs a homeserver gets one of the
// sandbox, under its own name. Of forms, such as "doorstep verify FILE|NAME", and of commands that are only named, the
// command and the flags have to be there.
func TestDocsCommands(t *testing.T) {
	d := newDesk(t)
	done, counts := map[string]bool{}, map[string]int{}
	for _, name := range documents(t) {
		for _, c := range commandsOf(t, name) {
			if strings.HasPrefix(c.text, "doorstep redacted key") {
				continue // what a key is made of, and no command
			}
			kind := kindOf(c)
			if key := kind + c.text; done[key] {
				continue
			} else {
				done[key] = true
			}
			counts[kind]++
			t.Run(c.at, func(t *testing.T) {
				d := &desk{t, d.dir, d.answers}
				if do := rehearsals[c.text]; do != nil {
					do(d, c.text)
					return
				}
				switch text, ours := strings.CutPrefix(c.text, "go run ."); {
				case kind == "form":
					d.known(c.text)
				case kind == "scenario":
					if name := strings.Fields(c.text)[2]; !there(name) {
						t.Errorf("there is no scenario %q", name)
					}
				case kind == "repository":
					repositoryCommand(t, c.text)
				case ours:
					d.wants(0, "", "doorstep"+text)
				case strings.HasPrefix(c.text, "git "):
					inRepository(t, c.text)
				default:
					if slices.Contains(strings.Fields(c.text), "last") {
						d.wants(0, "joined", "doorstep sandbox public-v12 --json")
					}
					d.wants(0, "", c.text)
				}
			})
		}
	}
	t.Log(counts)
	if counts["run"] < 25 || counts["form"] < 30 || counts["repository"] < 8 {
		t.Errorf("commands are missed: %v", counts)
	}
	for text := range rehearsals {
		if !done["run"+text] {
			t.Errorf("no document has %q", text)
		}
	}
}

// inRepository runs a command of git, where this is a repository.
func inRepository(t *testing.T, text string) {
	if _, err := os.Stat(".git"); err != nil {
		t.Skip("this is no repository: ", err)
	}
	if out, err := exec.Command("sh", "-c", text).CombinedOutput(); err != nil || len(out) == 0 {
		t.Errorf("%s: %v %s", text, err, out)
	}
}

func there(scenario string) bool {
	_, ok := sandbox.Lookup(scenario)
	return ok
}

// ofOthers are commands that need somebody else, and of which a sentence names a part.
var ofOthers = regexp.MustCompile(`^doorstep (check|export|host|import|join|lab|tap) `)

// kindOf says what is done about a command.
func kindOf(c said) string {
	words := strings.Fields(c.text)
	switch {
	case rehearsals[c.text] != nil:
		return "run"
	case strings.HasPrefix(c.text, "doorstep sandbox ") && len(words) == 3 && c.inText && !aForm.MatchString(c.text) &&
		!strings.HasPrefix(words[2], "-"):
		return "scenario" // it is run with all others, and what it leads to looked at
	case aForm.MatchString(c.text), c.inText && len(words) == 2 && !strings.HasPrefix(words[1], "-"),
		c.inText && ofOthers.MatchString(c.text):
		return "form"
	case words[0] == "doorstep", strings.HasPrefix(c.text, "go run ."), strings.HasPrefix(c.text, "git log"):
		return "run"
	}
	return "repository"
}

// known says whether the program has the command of a form, and its flags.
func (d *desk) known(text string) {
	d.t.Helper()
	text, _, _ = strings.Cut(text, " -- ")
	words := strings.Fields(text)
	if len(words) < 2 || !regexp.MustCompile(`^[a-z]+$`).MatchString(words[1]) {
		return // the program itself
	}
	help, known := d.answers[words[1]]
	if !known {
		var code int
		if help, code = d.types("doorstep " + words[1] + " --help"); code != 0 || !strings.Contains(help, "doorstep "+words[1]) {
			d.t.Errorf("%s: there is no such command:\n%s", text, help)
		}
		d.answers[words[1]] = help
	}
	for _, flag := range aFlag.FindAllStringSubmatch(text, -1) {
		if !regexp.MustCompile(regexp.QuoteMeta(flag[1]) + `\b`).MatchString(help) {
			d.t.Errorf("%s: doorstep %s has no flag %s", text, words[1], flag[1])
		}
	}
}

// repositoryCommand is a command of Go or of the repository: CI runs it, or the tests that it names are there.
func repositoryCommand(t *testing.T, text string) {
	t.Helper()
	ci, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	folder := "."
	if m := regexp.MustCompile(`^cd ([a-z/]+) && `).FindStringSubmatch(text); m != nil {
		folder, text = m[1], text[len(m[0]):]
	}
	text = strings.TrimPrefix(text, "GOEXPERIMENT=jsonv2 ")
	switch {
	case !strings.HasPrefix(text, "go test"):
		info, err := os.Stat(strings.Fields(text)[0])
		if err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("%s cannot be run: %v", text, err)
		}
	case strings.Contains(string(ci), text):
	default:
		namesTests(t, folder, text)
	}
}

var (
	aFunction = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)`)
	aPattern  = regexp.MustCompile(`-(run|bench|fuzz) ('[^']+'|\S+)`)
)

// namesTests holds a "go test" to what there is: its packages, and something that each of its patterns matches in one
// of them.
func namesTests(t *testing.T, folder, text string) {
	t.Helper()
	var files []string
	for _, word := range strings.Fields(text) {
		if word = strings.Trim(word, "'"); word == "." || strings.HasPrefix(word, "./") {
			if strings.HasSuffix(word, "/...") {
				return // everything: what the pattern matches is looked at where it is said
			}
			matches, _ := filepath.Glob(filepath.Join(folder, word, "*_test.go"))
			if word == "." { // of the folder that the sentence names
				others, _ := filepath.Glob("flow/interop/*_test.go")
				matches = append(matches, others...)
			}
			if len(matches) == 0 {
				t.Errorf("%s: there are no tests in %s", text, word)
			}
			files = append(files, matches...)
		}
	}
	var names []string
	for _, file := range files {
		names = append(names, functionsOf(t, file)...)
	}
	for _, m := range aPattern.FindAllStringSubmatch(text, -1) {
		pattern := strings.Trim(m[2], "'")
		if pattern == "^$" || pattern == "." {
			continue
		}
		first, _, _ := strings.Cut(pattern, "/")
		if !slices.ContainsFunc(names, regexp.MustCompile(first).MatchString) {
			t.Errorf("%s: nothing is called %s", text, pattern)
		}
	}
}

func functionsOf(t *testing.T, file string) (names []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range aFunction.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names
}

// aTried is a test in the table of what was tried, with its package: flow/export.TestShellPasted.
var aTried = regexp.MustCompile("`([a-z/]*)\\.((?:Test|Fuzz|Benchmark)\\w+)`")

// TestDocsTried holds the table of attacks in SECURITY.md to the tests there are: each row says what was tried, whether
// it held, and the tests that repeat it, which are there and which the command above the table runs.
func TestDocsTried(t *testing.T) {
	text, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## What was tried\n")
	m := regexp.MustCompile(`go test -run '([^']+)' -v ./\.\.\.`).FindStringSubmatch(section)
	if !found || m == nil {
		t.Fatal("SECURITY.md does not say how what was tried is repeated")
	}
	runs, rows := regexp.MustCompile(m[1]), 0
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what was tried") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		tests := aTried.FindAllStringSubmatch(line, -1)
		if len(cells) != 4 || len(tests) == 0 || !slices.Contains([]string{"held", "mended", "not"}, strings.TrimSpace(cells[1])) {
			t.Errorf("a row says what, held or mended or not, by which tests, the figure; this one %q", line)
			continue
		}
		repeated := false
		for _, test := range tests {
			repeated = repeated || runs.MatchString(test[2])
			files, _ := filepath.Glob(filepath.Join(".", test[1], "*_test.go"))
			if !slices.ContainsFunc(files, func(file string) bool { return slices.Contains(functionsOf(t, file), test[2]) }) {
				t.Errorf("%q: there is no %s in %q", strings.TrimSpace(cells[0]), test[2], test[1])
			}
		}
		if !repeated {
			t.Errorf("%q: go test -run '%s' runs none of its tests", strings.TrimSpace(cells[0]), runs)
		}
	}
	if rows < 10 {
		t.Errorf("there are %d rows", rows)
	}
}

var aLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestDocsLinks follows the links of the documents to files, and to headings in them.
func TestDocsLinks(t *testing.T) {
	for _, name := range documents(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range aLink.FindAllStringSubmatch(string(text), -1) {
			file, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			to := name
			if file != "" {
				to = filepath.Join(filepath.Dir(name), file)
			}
			there, err := os.ReadFile(to)
			if err != nil {
				if info, isFolder := os.Stat(to); isFolder != nil || !info.IsDir() {
					t.Errorf("%s leads to %s: %v", name, m[1], err)
				}
				continue
			}
			if heading != "" && !slices.Contains(headings(string(there)), heading) {
				t.Errorf("%s leads to %s, which has no such heading", name, m[1])
			}
		}
	}
}

// headings are the names by which links lead to the headings of a document.
func headings(text string) (out []string) {
	for line := range strings.Lines(text) {
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "-")
			out = append(out, regexp.MustCompile(`[^a-z0-9_-]`).ReplaceAllString(name, ""))
		}
	}
	return out
}

// pictureLine is a line of the script that makes the pictures: name, parts, recording.
var pictureLine = regexp.MustCompile(`(?m)^picture (\S+) (\S+) (\S+)$`)

// shownPicture is a picture that the README shows: what is read in its place, and the file.
var shownPicture = regexp.MustCompile(`!\[([^\]]*)\]\(([^)]*)\)`)

// The pictures of the README are what the program draws now, every one is shown, and whoever does not see it is told
// what is on it.
func TestPictures(t *testing.T) {
	const folder = ".github/pictures"
	script, err := os.ReadFile(folder + "/make.sh")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, line := range pictureLine.FindAllStringSubmatch(string(script), -1) {
		file := folder + "/" + line[1] + ".svg"
		made = append(made, file)
		var now, said bytes.Buffer
		if code := command.Run([]string{"export", "--format", "svg", "--part", line[2], line[3]}, &now, &said); code != 0 {
			t.Fatalf("%s: exit code %d: %s", file, code, said.String())
		}
		if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, now.Bytes()) {
			t.Errorf("%s is not what the program draws now: run %s/make.sh", file, folder)
		}
	}
	if len(made) < 3 {
		t.Errorf("%s/make.sh makes only %q", folder, made)
	}
	there, err := filepath.Glob(folder + "/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, picture := range shownPicture.FindAllStringSubmatch(string(readme), -1) {
		shown = append(shown, picture[2])
		if words := strings.Fields(picture[1]); len(words) < 8 {
			t.Errorf("README.md says of %s only %q", picture[2], picture[1])
		}
	}
	for _, list := range []*[]string{&made, &shown, &there} {
		slices.Sort(*list)
	}
	if !slices.Equal(made, there) || !slices.Equal(made, shown) {
		t.Errorf("made are %q, in the folder are %q, README.md shows %q", made, there, shown)
	}
}
