// Package command is the command line: one file a command, the flags they share, the forms of output, signals, and the
// exit code.
package command
