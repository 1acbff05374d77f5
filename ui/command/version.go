package command

import (
	"cmp"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// What the linker puts into a release, by -X: see .github/release/goreleaser.yaml. They go before what the Go command
// notes in a build. The date is that of the commit, in RFC 3339, so that a release built again is the same.
var releaseVersion, releaseCommit, releaseDate string

func tool() string { return "doorstep " + buildVersion() }

// buildVersion is the version of this program.
func buildVersion() string { return thisBuild().short() }

// A build is where a program came from, as far as it knows.
type build struct {
	version      string // of the module; empty where the build has none
	commit, date string // of the commit: all its hexadecimal digits that are known, and RFC 3339; or empty
	sum          string // of the module as it came from a proxy, as in go.sum; empty for a build of a checkout
	changed      bool   // from a checkout with changes
}

// thisBuild is where this program came from.
func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info).released(releaseVersion, releaseCommit, releaseDate)
}

// pseudo is the end of a version that stands for a commit without a tag, before what says that there were changes:
// https://go.dev/ref/mod#pseudo-versions.
var pseudo = regexp.MustCompile(`[-.](\d{14})-([0-9a-f]{12})(?:\+|$)`)

// buildOf is what the Go command noted. A build of a checkout names the commit in the settings. One of a module from a
// proxy, as by go install …@latest, has a version alone, and that is a tag, or holds the commit and its time.
func buildOf(info *debug.BuildInfo) build {
	b := build{version: info.Main.Version, sum: info.Main.Sum}
	if b.version == "(devel)" {
		b.version = ""
	}
	if found := pseudo.FindStringSubmatch(b.version); found != nil {
		b.commit = found[2]
		if at, err := time.Parse("20060102150405", found[1]); err == nil {
			b.date = at.Format(time.RFC3339)
		}
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.date = s.Value
		case "vcs.modified":
			b.changed = s.Value == "true"
		}
	}
	return b
}

// released is b with what a release says of itself, where it does.
func (b build) released(version, commit, date string) build {
	if version != "" && !strings.HasPrefix(version, "v") {
		version = "v" + version
	}
	b.version, b.commit, b.date = cmp.Or(version, b.version), cmp.Or(commit, b.commit), cmp.Or(date, b.date)
	return b
}

// development is the version of a build that holds nothing about where it came from.
const development = "development"

// abbreviated is a commit as short as it is told.
func abbreviated(commit string) string { return commit[:min(len(commit), 12)] }

// short is the version, and the commit where there is no version to name it.
func (b build) short() string {
	switch {
	case b.version != "":
		return b.version // of a checkout it names the commit, too
	case b.commit == "":
		return development
	case b.changed:
		return development + " (" + abbreviated(b.commit) + ", with changes)"
	}
	return development + " (" + abbreviated(b.commit) + ")"
}

// String is the version, the commit and its date; where the build lacks one of these, that it does.
func (b build) String() string {
	parts := []string{"no commit in this build", "no date"}
	switch {
	case b.commit == "" && b.date == "" && b.sum != "":
		parts = []string{"the commit of that tag", b.sum}
	case b.commit != "":
		parts[0] = "commit " + abbreviated(b.commit)
		if b.changed {
			parts[0] += " with changes"
		}
	}
	if b.date != "" {
		parts[1] = b.date
	}
	return cmp.Or(b.version, development) + " (" + strings.Join(parts, ", ") + ")"
}
