package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// table is a row for each module, by name. A licence that is not recognised stands as the reason.
func table(all []Module) string {
	var b strings.Builder
	b.WriteString("| module | licence | in |\n|---|---|---|\n")
	for _, m := range sorted(all) {
		is, err := m.licence()
		if err != nil {
			is = "not recognised: " + err.Error()
		}
		in := "tests"
		if len(m.Packages) > 0 {
			in = "the program"
		}
		if n, ok := notes[m.Path]; ok {
			is += ", by its " + n.file
		}
		if p, ok := apart[m.Path]; ok {
			is += "; " + p.licence + " in `" + strings.TrimPrefix(p.path, m.Path+"/") + "`, which is not in the program"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Path, is, in)
	}
	return b.String()
}

// texts writes the licences of Go and of every module that is linked into the program.
func texts(to io.Writer, all []Module) error {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	goRoot := strings.TrimSpace(string(out))
	var b bytes.Buffer
	b.WriteString("Doorstep contains the software below, each under its licence.\n")
	if err := text(&b, Module{Path: "The Go standard library and runtime", Dir: goRoot}); err != nil {
		return err
	}
	for _, m := range sorted(all) {
		if len(m.Packages) > 0 {
			if err := text(&b, m); err != nil {
				return err
			}
		}
	}
	_, err = to.Write(b.Bytes())
	return err
}

// text writes what a module says of its licence: its files, or the place where it names it.
func text(b *bytes.Buffer, m Module) error {
	files, err := licenceFiles(m.Dir)
	if err != nil {
		return err
	}
	for _, notice := range []string{"COPYRIGHT", "NOTICE", "NOTICE.txt", "PATENTS"} {
		if _, err := os.Stat(filepath.Join(m.Dir, notice)); err == nil {
			files = append(files, filepath.Join(m.Dir, notice))
		}
	}
	n, noted := notes[m.Path]
	if len(files) == 0 && !noted {
		return fmt.Errorf("%s has no file with a licence", m.Path)
	}
	title := strings.TrimSpace(m.Path + " " + m.Version)
	fmt.Fprintf(b, "\n%s\n%s\n", title, strings.Repeat("=", len(title)))
	if len(files) == 0 {
		fmt.Fprintf(b, "\nIts %s names the licence: %s\n", n.file, n.licence)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(strings.ReplaceAll(string(content), "\r\n", "\n")))
	}
	return nil
}

func sorted(all []Module) []Module {
	return slices.SortedFunc(slices.Values(all), func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
}
