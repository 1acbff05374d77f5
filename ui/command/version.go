package command

import "runtime/debug"

// version is set at release; a build from source says so.
var version = "source"

func tool() string { return "doorstep " + buildVersion() }

// buildVersion is the version with the commit it was built from, where that is known.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return version + " (" + s.Value[:12] + ")"
		}
	}
	return version
}
