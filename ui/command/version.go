package command

import "runtime/debug"

func tool() string { return "doorstep " + buildVersion() }

// buildVersion is the version of this program.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return development
	}
	return versionIn(info)
}

// development is the version of a build that holds nothing about where it came from.
const development = "development"

// versionIn is the version of the module, and the commit it was built from where that is known and not in it already.
func versionIn(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v // of a checkout it names the commit, too
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", with changes"
		}
	}
	if commit == "" {
		return development
	}
	return development + " (" + commit + changed + ")"
}
