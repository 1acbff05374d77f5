package settings

import (
	"errors"
	"os"
	"path/filepath"
)

// File returns the path of the file that the settings are kept in.
func File() (string, error) { return under("XDG_CONFIG_HOME", ".config", "config.json") }

// Recordings returns the folder that holds the recordings made without being asked for by name.
func Recordings() (string, error) { return under("XDG_STATE_HOME", ".local/state", "recordings") }

// under returns the path of something of ours: in the folder that a variable names, or in that folder of the home. As
// the XDG base directory specification has it, a path that is not absolute counts as none.
func under(variable, inHome, name string) (string, error) {
	if folder := os.Getenv(variable); filepath.IsAbs(folder) {
		return filepath.Join(folder, "doorstep", name), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("neither " + variable + " nor HOME is set")
	}
	return filepath.Join(home, filepath.FromSlash(inHome), "doorstep", name), nil
}
