package settings

import (
	"errors"
	"os"
	"path/filepath"
)

// File returns the path of the file that the settings are kept in: in the folder that XDG_CONFIG_HOME names, or in
// .config of the home. As the XDG base directory specification has it, a path that is not absolute counts as none.
func File() (string, error) {
	const folder, file = "doorstep", "config.json"
	if config := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(config) {
		return filepath.Join(config, folder, file), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("neither XDG_CONFIG_HOME nor HOME is set")
	}
	return filepath.Join(home, ".config", folder, file), nil
}
