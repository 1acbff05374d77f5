package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// used is an action that a workflow uses, with what stands behind its name.
var used = regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(\S+?)@(.*)$`)

// pinned is a commit, and the version that had it when somebody looked.
var pinned = regexp.MustCompile(`^[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// Workflows use each action by the commit that was looked at: a version is a tag, and whoever has the action may move
// it.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob("../workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	commits := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllStringSubmatch(string(text), -1) {
			action, at := m[1], m[2]
			if !pinned.MatchString(at) {
				t.Errorf("%s uses %s at %q, which is no commit with its version", file, action, at)
			}
			if before := commits[action]; before != "" && before != at {
				t.Errorf("%s uses %s at %q, elsewhere it is used at %q", file, action, at, before)
			}
			commits[action] = at
		}
	}
	if len(commits) == 0 {
		t.Error("no action is used")
	}
}
