package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// compatible are the licences that a program under the Apache License 2.0 may be linked with and distributed. All of
// them ask for their text to go with it, and for nothing else.
var compatible = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}

// A note is where a module without a file for its licence names that, and what it says there.
type note struct{ file, says, licence string }

// notes are the modules whose licence stands in no file of its own.
var notes = map[string]note{
	"github.com/mattn/go-localereader": {"README.md", "## License\n\nMIT\n", "MIT"},
}

// A part is a package of a module that is under a licence of its own.
type part struct{ licence, path string }

// apart are the modules with such a package, which is not to be in the program.
var apart = map[string]part{
	"github.com/alecthomas/chroma/v2": {"OFL-1.1", "github.com/alecthomas/chroma/v2/formatters/svg"}, // a font
}

// licenceFile is how files are called that hold a licence.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicen[cs]e)([-._].*)?$`)

// wholeText is how much of a file has to be text of licences that are known, in percent: the rest is names and years.
const wholeText = 75

// licenceFiles are the files of a module that hold licences, by name.
func licenceFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if e.Type().IsRegular() && licenceFile.MatchString(e.Name()) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}

// licence is the SPDX identifiers of the licences that the files of a module hold, with commas between them, but for
// that of a package which is apart. What is in them and not known is an error, and so is such a package in the program.
func (m Module) licence() (string, error) {
	files, err := licenceFiles(m.Dir)
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return m.noted()
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		found, err := recognised(text)
		if err != nil {
			return "", fmt.Errorf("%s, %s: %w", m.Path, filepath.Base(file), err)
		}
		names = append(names, found...)
	}
	if p, ok := apart[m.Path]; ok {
		if slices.Contains(m.Packages, p.path) {
			return "", fmt.Errorf("%s is in the program, and under %s", p.path, p.licence)
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == p.licence })
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", "), nil
}

// recognised are the licences that a text is.
func recognised(text []byte) ([]string, error) {
	cover := licensecheck.Scan(text)
	var names []string
	for _, match := range cover.Match {
		if !match.IsURL {
			names = append(names, match.ID)
		}
	}
	if len(names) == 0 || cover.Percent < wholeText {
		return nil, fmt.Errorf("%.0f %% of it is a known licence %v", cover.Percent, names)
	}
	return names, nil
}

// noted is the licence of a module that has no file for it.
func (m Module) noted() (string, error) {
	n, ok := notes[m.Path]
	if !ok {
		return "", fmt.Errorf("%s has no file with a licence", m.Path)
	}
	text, err := os.ReadFile(filepath.Join(m.Dir, n.file))
	if err != nil {
		return "", err
	}
	if !strings.Contains(string(text), n.says) {
		return "", fmt.Errorf("%s: %s does not say %q any more", m.Path, n.file, n.says)
	}
	return n.licence, nil
}
