package command

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}}
	changed := append(commit[:1:1], debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	for _, c := range []struct {
		module   string
		settings []debug.BuildSetting
		want     string
	}{
		{"v1.2.3", commit, "v1.2.3"}, {"(devel)", nil, "development"}, {"", nil, "development"},
		{"(devel)", commit, "development (0123456789ab)"}, {"", changed, "development (0123456789ab, with changes)"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.module}, Settings: c.settings}
		if got := versionIn(info); got != c.want {
			t.Errorf("%q %v: %q, want %q", c.module, c.settings, got, c.want)
		}
	}
}
