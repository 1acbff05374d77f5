package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of ../DEPENDENCIES.md anew; read what changed")

const (
	document = "../DEPENDENCIES.md"
	begin    = "<!-- licences: go test . -update, in .github/licences -->\n"
	end      = "<!-- end of licences -->\n"
)

// Every module has a row in the document, with the licence that its files hold, and each licence is one that the
// program may be distributed with. The table is that of the modules: one that comes, goes, or changes its licence
// fails.
func TestLicences(t *testing.T) {
	all, err := modules("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		is, err := m.licence()
		if err != nil {
			t.Error(err)
		}
		for _, one := range strings.Split(is, ", ") {
			if err == nil && !slices.Contains(compatible, one) {
				t.Errorf("%s is under %s, which is none of %v", m.Path, one, compatible)
			}
		}
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	had, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table, from %q to %q", document, begin, end)
	}
	want := table(all)
	if *update {
		if err := os.WriteFile(document, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	differences(t, had, want)
}

// differences tells of each row that is in one table alone.
func differences(t *testing.T, had, want string) {
	hadRows, wantRows := strings.Split(had, "\n"), strings.Split(want, "\n")
	for _, row := range hadRows {
		if !slices.Contains(wantRows, row) {
			t.Errorf("the document has a row that is not so: %s", row)
		}
	}
	for _, row := range wantRows {
		if !slices.Contains(hadRows, row) {
			t.Errorf("the document lacks a row: %s", row)
		}
	}
}

// What goes with the program has the text of each licence in it, and twice the same.
func TestTexts(t *testing.T) {
	all, err := modules("../..")
	if err != nil {
		t.Fatal(err)
	}
	var one, two bytes.Buffer
	if err := texts(&one, all); err != nil {
		t.Fatal(err)
	}
	if err := texts(&two, all); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("it is another one the second time")
	}
	for _, m := range all {
		if got := strings.Contains(one.String(), "\n"+m.Path+" "+m.Version+"\n="); got != (len(m.Packages) > 0) {
			t.Errorf("%s: in the texts %v, in the program %v", m.Path, got, m.Packages)
		}
	}
}

// What is no licence, another one, or two in one file is not taken for one that is known.
func TestRecognised(t *testing.T) {
	ours, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	copyleft := "This program is free software: you can redistribute it and/or modify it under the terms of the GNU General " +
		"Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) " +
		"any later version."
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"ours", string(ours), []string{"Apache-2.0"}},
		{"a text that is none", "You may do with this what we say you may, and that can change.\n", nil},
		{"a licence lost in other terms", string(ours) + strings.Repeat("You may not sell it, nor say who made it. ", 400), nil},
		{"a link alone", "https://www.apache.org/licenses/LICENSE-2.0\n", nil},
	} {
		got, err := recognised([]byte(c.text))
		if (err != nil) != (c.want == nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	if got, err := recognised([]byte(copyleft)); err == nil && slices.Contains(compatible, got[0]) {
		t.Errorf("the GPL's notice is taken for %v", got)
	}
}

// A package under a licence of its own is an error as soon as it is in the program.
func TestApart(t *testing.T) {
	all, err := modules("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, m := range all {
		if p, ok := apart[m.Path]; ok {
			seen++
			m.Packages = append(m.Packages, p.path)
			if is, err := m.licence(); err == nil {
				t.Errorf("%s in the program: %s", p.path, is)
			}
		}
	}
	if seen != len(apart) {
		t.Errorf("%d of %d modules are there", seen, len(apart))
	}
}

// A module without a licence, or whose README no longer names one, is an error.
func TestNoLicence(t *testing.T) {
	dir := t.TempDir()
	if is, err := (Module{Path: "example.org/none", Dir: dir}).licence(); err == nil {
		t.Errorf("a module without files: %q", is)
	}
	for path, n := range notes {
		if err := os.WriteFile(filepath.Join(dir, n.file), []byte("nothing\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if is, err := (Module{Path: path, Dir: dir}).licence(); err == nil {
			t.Errorf("%s whose %s names none: %q", path, n.file, is)
		}
	}
}
