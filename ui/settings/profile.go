package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"doorstep/flow/wording"
)

// A Profile settles, by one name, what a command would be told by flags: who joins, with which key, what is trusted.
type Profile struct {
	Name  string
	Flags []Flag // in the order of the table
	// settles are the settings that it has, by name, as it has them.
	settles map[string]json.RawMessage
	// Problems are what is wrong with it, a line each. What has a problem is not used in part.
	Problems []string
}

// A Flag is one that a profile settles, and its values: several where it may be repeated.
type Flag struct {
	Name   string
	Values []string
}

// A profileKey is what a profile may say: a flag of the same name, but for the dashes, and how it is read.
type profileKey struct {
	name string
	read func(raw json.RawMessage, folder string) ([]string, error)
}

// profileKeys are all of them. What goes on without asking, --yes, is none: who joins says so every time.
var profileKeys = []profileKey{
	{"user", text}, {"server_name", text}, {"key", path}, {"listen", text}, {"tls_cert", path}, {"tls_key", path},
	{"ca", path}, {"insecure", switched}, {"resolve", texts}, {"allow_private", switched}, {"via", texts},
	{"notary", text}, {"timeout", duration}, {"like", text}, {"candidates", text}, {"room_versions", texts},
	{"omit_members", switched}, {"probe", switched}, {"dry_run", switched},
}

// flag is the flag that a key stands for.
func (k profileKey) flag() string { return strings.ReplaceAll(k.name, "_", "-") }

// inProfile reports whether a setting can stand in a profile: those can that are one value.
func inProfile(s setting) bool { return s.name != "keys" && s.name != "profiles" }

// ProfileKeys are the names of all that a profile may say, in order.
func ProfileKeys() []string {
	var out []string
	for _, k := range profileKeys {
		out = append(out, k.name)
	}
	for _, s := range table {
		if inProfile(s) {
			out = append(out, s.name)
		}
	}
	return out
}

// Value is the first value that it gives a flag; empty: none.
func (p Profile) Value(flag string) string {
	for _, f := range p.Flags {
		if f.Name == flag {
			return f.Values[0]
		}
	}
	return ""
}

// Says lists what it settles, by the names that it has in the file.
func (p Profile) Says() []string {
	var out []string
	for _, f := range p.Flags {
		out = append(out, strings.ReplaceAll(f.Name, "-", "_"))
	}
	return append(out, slices.Sorted(maps.Keys(p.settles))...)
}

// Over puts the settings of a profile over v, and returns the names of those.
func (p Profile) Over(v *Values) []string {
	names := slices.Sorted(maps.Keys(p.settles))
	for _, name := range names {
		i := slices.IndexFunc(table, func(s setting) bool { return s.name == name })
		_ = table[i].read(v, p.settles[name]) // it was read when the profile was
	}
	return names
}

// profile reads a profile; relative paths in it are those of a folder.
func profile(name string, raw json.RawMessage, folder string) Profile {
	p := Profile{Name: name, settles: map[string]json.RawMessage{}}
	problem := func(format string, args ...any) {
		p.Problems = append(p.Problems, fmt.Sprintf("profile %q: ", wording.Clip(name))+fmt.Sprintf(format, args...))
	}
	var says map[string]json.RawMessage
	if json.Unmarshal(raw, &says) != nil || says == nil {
		problem("%s is no JSON object", short(raw))
		return p
	}
	for _, key := range slices.Sorted(maps.Keys(says)) {
		if !slices.Contains(ProfileKeys(), key) {
			problem("%q is nothing that a profile can say%s: there are %s", wording.Clip(key),
				wording.DidYouMean(key, ProfileKeys(), ""), strings.Join(ProfileKeys(), ", "))
		}
	}
	for _, k := range profileKeys {
		if value, said := says[k.name]; said {
			values, err := k.read(value, folder)
			if err != nil {
				problem("%s: %v", k.name, err)
				continue
			}
			p.Flags = append(p.Flags, Flag{k.flag(), values})
		}
	}
	for _, s := range table {
		if value, said := says[s.name]; said && inProfile(s) {
			if err := s.read(new(Values), value); err != nil {
				problem("%s: %v", s.name, err)
				continue
			}
			p.settles[s.name] = value
		}
	}
	return p
}

// profiles reads the profiles of a file of settings, in the order of their names.
func profiles(raw json.RawMessage, to *[]Profile, folder string) error {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil || all == nil {
		return fmt.Errorf(`%s: it takes profiles by name, such as {"lab": {"user": "@me:my.example"}}`, short(raw))
	}
	*to = nil
	for _, name := range slices.Sorted(maps.Keys(all)) {
		*to = append(*to, profile(name, all[name], folder))
	}
	return nil
}

// ReadProfile reads a file that holds one profile and nothing else. Errors are one line.
func ReadProfile(file string) (Profile, error) {
	f, err := os.Open(file)
	if err != nil {
		return Profile{}, err
	}
	defer f.Close()
	content, err := readAll(f)
	if err != nil {
		return Profile{}, err
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return Profile{}, err
	}
	return profile(file, bytes.TrimSpace(content), folder), nil
}

// Profile returns the profile of that name.
func (v Values) Profile(name string) (Profile, bool) {
	for _, p := range v.Profiles {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

func text(raw json.RawMessage, _ string) ([]string, error) {
	var v string
	if json.Unmarshal(raw, &v) != nil || v == "" {
		return nil, fmt.Errorf("%s is no text", short(raw))
	}
	return []string{v}, nil
}

// path reads the path of a file: with ~ for the home, and relative to a folder.
func path(raw json.RawMessage, folder string) ([]string, error) {
	v, err := text(raw, folder)
	if err != nil {
		return nil, fmt.Errorf("%s is no path", short(raw))
	}
	if rest, ok := strings.CutPrefix(v[0], "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		return []string{filepath.Join(home, rest)}, nil
	}
	if filepath.IsAbs(v[0]) {
		return v, nil
	}
	return []string{filepath.Join(folder, v[0])}, nil
}

func texts(raw json.RawMessage, folder string) ([]string, error) {
	if one, err := text(raw, folder); err == nil {
		return one, nil
	}
	var v []string
	if json.Unmarshal(raw, &v) != nil || len(v) == 0 || slices.Contains(v, "") {
		return nil, fmt.Errorf("%s is neither a text nor a list of texts", short(raw))
	}
	return v, nil
}

func switched(raw json.RawMessage, _ string) ([]string, error) {
	var v bool
	if err := yesOrNo(raw, &v); err != nil {
		return nil, err
	}
	return []string{fmt.Sprint(v)}, nil
}

func duration(raw json.RawMessage, folder string) ([]string, error) {
	v, err := text(raw, folder)
	if err == nil {
		_, err = time.ParseDuration(v[0])
	}
	if err != nil {
		return nil, fmt.Errorf(`%s is no time, such as "20s"`, short(raw))
	}
	return v, nil
}

func tellProfiles(v Values) string {
	var out []string
	for _, p := range v.Profiles {
		out = append(out, p.Name)
	}
	if out == nil {
		return "none"
	}
	return strings.Join(out, ", ")
}
