// Package host stands before a joining server that is not of this program: it runs the federation of a scenario where
// that server finds it, follows every join by package watch, and tells what became of each.
package host
