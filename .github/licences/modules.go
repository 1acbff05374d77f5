package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A Module is one that go.mod requires.
type Module struct {
	Path, Version string
	Dir           string   // where its files are
	Packages      []string // that are linked into the program, on any system; none where tests alone need it
}

// systems are those that the program is built for.
var systems = []string{"linux", "darwin", "windows"}

// modules returns what go.mod in root requires, in its order, and has the files fetched where they are not there yet.
func modules(root string) ([]Module, error) {
	var required struct {
		Require []struct{ Path, Version string }
	}
	out, err := goCommand(root, "", "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &required); err != nil {
		return nil, err
	}
	linked, err := linkedPackages(root)
	if err != nil {
		return nil, err
	}
	args := []string{"mod", "download", "-json"}
	for _, m := range required.Require {
		args = append(args, m.Path+"@"+m.Version)
	}
	out, failed := goCommand(root, "", args...)
	var all []Module
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct{ Path, Version, Dir, Error string }
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return all, failed
		} else if err != nil {
			return nil, errors.Join(failed, err)
		}
		if m.Error != "" {
			return nil, fmt.Errorf("%s %s: %s", m.Path, m.Version, m.Error)
		}
		all = append(all, Module{Path: m.Path, Version: m.Version, Dir: m.Dir, Packages: linked[m.Path]})
	}
}

// linkedPackages are the packages in the program, on any system, by the path of their module.
func linkedPackages(root string) (map[string][]string, error) {
	linked := map[string][]string{}
	for _, system := range systems {
		out, err := goCommand(root, system, "list", "-deps", "-f", "{{with .Module}}{{.Path}}={{$.ImportPath}}{{end}}", ".")
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Fields(string(out)) {
			module, name, _ := strings.Cut(line, "=")
			if !slices.Contains(linked[module], name) {
				linked[module] = append(linked[module], name)
			}
		}
	}
	return linked, nil
}

// goCommand runs the Go command in root, for a system or for this one, and returns what it prints.
func goCommand(root, system string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if system != "" {
		cmd.Env = append(cmd.Env, "GOOS="+system)
	}
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out, nil
}
