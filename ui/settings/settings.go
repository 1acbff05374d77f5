package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"doorstep/flow/printable"
	"doorstep/flow/wording"
	"doorstep/ui/theme"
)

// Values are all settings.
type Values struct {
	Theme  string
	ASCII  bool // draw with ASCII only, whatever the locale says
	Mouse  bool // take the mouse
	Links  bool // make places of the specification links, where the terminal may know what they are
	Color  string
	Record bool                // keep joins on real servers without being asked to
	Keep   int                 // how many of those recordings
	Keys   map[string][]string // keys by the names of actions; what is not named has its usual ones
	// Profiles are in the order of their names. Those with problems are among them.
	Profiles []Profile

	folder string // of the file, which relative paths in it count from
}

// Defaults are the settings that are in force where nothing else is said.
func Defaults() Values {
	return Values{Theme: theme.Default(), Mouse: true, Links: true, Color: "auto", Record: true, Keep: 50}
}

// A setting is one row of the table: what the file calls it, and how it is read and told.
type setting struct {
	name string
	read func(*Values, json.RawMessage) error
	tell func(Values) string
}

// table is every setting.
var table = []setting{
	{"theme", func(v *Values, raw json.RawMessage) error {
		return oneOf(raw, &v.Theme, theme.ThemeExists, theme.Listed())
	}, func(v Values) string { return v.Theme }},
	{"ascii", func(v *Values, raw json.RawMessage) error { return yesOrNo(raw, &v.ASCII) },
		func(v Values) string { return fmt.Sprint(v.ASCII) }},
	{"mouse", func(v *Values, raw json.RawMessage) error { return yesOrNo(raw, &v.Mouse) },
		func(v Values) string { return fmt.Sprint(v.Mouse) }},
	{"links", func(v *Values, raw json.RawMessage) error { return yesOrNo(raw, &v.Links) },
		func(v Values) string { return fmt.Sprint(v.Links) }},
	{"color", func(v *Values, raw json.RawMessage) error {
		return oneOf(raw, &v.Color, ColorExists, "auto, always and never")
	}, func(v Values) string { return v.Color }},
	{"record", func(v *Values, raw json.RawMessage) error { return yesOrNo(raw, &v.Record) },
		func(v Values) string { return fmt.Sprint(v.Record) }},
	{"keep", func(v *Values, raw json.RawMessage) error { return count(raw, &v.Keep) },
		func(v Values) string { return fmt.Sprint(v.Keep) }},
	{"keys", func(v *Values, raw json.RawMessage) error { return keys(raw, &v.Keys) }, tellKeys},
}

// The rows of profiles look at the table for what a profile can say, so theirs is added to it.
func init() {
	table = append(table, setting{"profiles", func(v *Values, raw json.RawMessage) error {
		return profiles(raw, &v.Profiles, v.folder)
	}, tellProfiles})
}

// Names lists what can be set.
func Names() []string {
	var out []string
	for _, s := range table {
		out = append(out, s.name)
	}
	return out
}

// Tell says what a setting is in v.
func (v Values) Tell(name string) string {
	i := slices.IndexFunc(table, func(s setting) bool { return s.name == name })
	return table[i].tell(v)
}

// ColorExists reports whether color can be set to that.
func ColorExists(s string) bool { return s == "auto" || s == "always" || s == "never" }

// Kept is what a file of settings says.
type Kept struct {
	Values                 // the defaults, where it says nothing
	Says   map[string]bool // the settings that it does say
	There  bool
	// Problems are what is wrong with it, a line each; the defaults are in force for that.
	Problems []string
}

// limit is how many bytes of a file are read.
const limit = 1 << 20

// Read reads a file of settings. That there is none is no problem.
func Read(path string) Kept {
	k := Kept{Values: Defaults(), Says: map[string]bool{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k
	}
	k.There = true
	if err != nil {
		k.Problems = []string{"settings: " + err.Error()}
		return k
	}
	defer f.Close()
	content, err := readAll(f)
	if err != nil {
		k.Problems = []string{"settings: " + err.Error()}
		return k
	}
	k.folder = filepath.Dir(path)
	k.take(path, content)
	for _, p := range k.Profiles {
		for _, problem := range p.Problems {
			k.Problems = append(k.Problems, filepath.Base(path)+": "+problem)
		}
	}
	return k
}

// readAll reads a file of settings, which must not be over the limit.
func readAll(in io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && len(content) > limit {
		err = fmt.Errorf("the file has more than %d bytes, which is the limit", limit)
	}
	return content, err
}

// take takes in what a file says, in the order in which it says it.
func (k *Kept) take(path string, content []byte) {
	problem := func(format string, args ...any) {
		k.Problems = append(k.Problems, filepath.Base(path)+": "+fmt.Sprintf(format, args...))
	}
	in := json.NewDecoder(bytes.NewReader(content))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		problem("not a JSON object")
		return
	}
	for in.More() {
		name, err := in.Token()
		var raw json.RawMessage
		if err == nil {
			err = in.Decode(&raw)
		}
		if err != nil {
			problem("not JSON from byte %d on", in.InputOffset())
			return
		}
		i := slices.IndexFunc(table, func(s setting) bool { return s.name == name })
		if i < 0 {
			problem("%q is no setting: there are %s", wording.Clip(fmt.Sprint(name)), strings.Join(Names(), ", "))
			continue
		}
		if err := table[i].read(&k.Values, raw); err != nil {
			problem("%s: %v", name, err)
			continue
		}
		k.Says[table[i].name] = true
	}
	if _, err := in.Token(); err != nil {
		problem("not JSON from byte %d on", in.InputOffset())
	}
}

func yesOrNo(raw json.RawMessage, to *bool) error {
	var v *bool
	if json.Unmarshal(raw, &v) != nil || v == nil {
		return fmt.Errorf("%s is neither true nor false", short(raw))
	}
	*to = *v
	return nil
}

func oneOf(raw json.RawMessage, to *string, exists func(string) bool, there string) error {
	var v string
	if json.Unmarshal(raw, &v) != nil || v == "" || !exists(v) {
		return fmt.Errorf("%s: there are %s", short(raw), there)
	}
	*to = v
	return nil
}

func count(raw json.RawMessage, to *int) error {
	var v *int
	if json.Unmarshal(raw, &v) != nil || v == nil || *v < 0 {
		return fmt.Errorf("%s is no number from 0 on", short(raw))
	}
	*to = *v
	return nil
}

func keys(raw json.RawMessage, to *map[string][]string) error {
	var v map[string][]string
	if json.Unmarshal(raw, &v) != nil || v == nil {
		return fmt.Errorf(`%s: it takes lists of keys by action, such as {"step": ["."]}`, short(raw))
	}
	*to = v
	return nil
}

// short is a value as the file has it, on one line, fit to be shown, and cut where it is long.
func short(raw json.RawMessage) string {
	const most = 60
	line := strings.Map(func(c rune) rune { // between values there may be any white space, and within none but blanks
		if c == '\n' || c == '\r' || c == '\t' {
			return ' '
		}
		return c
	}, wording.ClipTo(string(raw), most))
	return string(printable.JSON([]byte(line)))
}

func tellKeys(v Values) string {
	if len(v.Keys) == 0 {
		return "the usual ones"
	}
	var names []string
	for name := range v.Keys {
		names = append(names, name)
	}
	slices.Sort(names)
	return "other ones for " + strings.Join(names, ", ")
}
