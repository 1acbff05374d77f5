// Package settings knows what the user has settled once and for all: the file it is kept in, what it may say, and what
// is in force where flags, the environment and the file disagree.
package settings
