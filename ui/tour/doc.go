// Package tour is the screen side of the guided tour: its contents, the panel that asks about a stop, the same as plain
// text, and how far somebody has come.
package tour
