package command

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/ui/settings"
)

// profileFlag is --profile, of a command whose flags a profile can settle: those of its keys that the command has.
func profileFlag(c *cobra.Command) {
	c.Flags().String("profile", "", "take what no flag says from the profile `NAME`\n"+
		"of the settings, or from a file with one")
}

// chosenProfile is the profile that a command was given by name or as a file; false where it was given none.
func chosenProfile(c *cobra.Command, all []settings.Profile) (p settings.Profile, chosen bool, err error) {
	if f := c.Flags().Lookup("profile"); f == nil || !f.Changed {
		return p, false, nil
	}
	name := c.Flags().Lookup("profile").Value.String()
	p, err = profileNamed(name, all)
	if err == nil && len(p.Problems) > 0 {
		err = fmt.Errorf("%s", p.Problems[0])
	}
	return p, true, err
}

func profileNamed(name string, all []settings.Profile) (settings.Profile, error) {
	var names []string
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if strings.ContainsAny(name, "/"+string(filepath.Separator)) || strings.HasSuffix(name, ".json") {
		p, err := settings.ReadProfile(name)
		if err != nil {
			err = fmt.Errorf("--profile: %w", err)
		}
		return p, err
	}
	if names == nil {
		path, err := settings.File()
		if err != nil {
			path = err.Error()
		}
		return settings.Profile{}, fmt.Errorf("--profile %q: there are none in the settings (%s)", name, path)
	}
	return settings.Profile{}, fmt.Errorf("--profile %q%s: there are %s", name, didYouMean(name, names, ""),
		strings.Join(names, ", "))
}

// take has a profile settle the flags of a command that were not given.
func take(c *cobra.Command, p settings.Profile) error {
	for _, settled := range p.Flags {
		f := c.Flags().Lookup(settled.Name)
		if f == nil || f.Changed {
			continue
		}
		for _, value := range settled.Values {
			if err := c.Flags().Set(settled.Name, value); err != nil {
				return fmt.Errorf("profile %q: %w", p.Name, err)
			}
		}
	}
	if err := checkChoices(c); err != nil {
		return fmt.Errorf("profile %q: %w", p.Name, err)
	}
	return nil
}

// profileNames are the names of the profiles in the settings, for completion.
func profileNames() []string {
	path, err := settings.File()
	if err != nil {
		return nil
	}
	var names []string
	for _, p := range settings.Read(path).Profiles {
		names = append(names, p.Name)
	}
	return names
}
