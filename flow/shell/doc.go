// Package shell spells commands for a POSIX shell so that nothing a server chose is read as anything but an argument.
package shell
