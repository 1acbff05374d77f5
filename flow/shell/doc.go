// Package shell makes every text that is meant to be pasted into a shell, so that nothing a server chose is read as
// anything but an argument: every byte of it stands between single quotes. It also spells values that are copied for
// something else, so that a shell they are pasted into by mistake runs nothing of them.
//
// A Text comes from here alone, made of Words; a Word is Code of this program, or a quoted text. TestShellOnlyHere
// holds the rest of the program to it.
package shell
