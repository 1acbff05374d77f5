// Package safely creates files. A file is made beside its place under another name and put there once it holds what it
// has to hold: a program that is killed, or a disk that is full, leaves what was there before, or nothing. It never
// writes through a link: a symbolic link in its place is refused, and another name of the same file (a hard link) keeps
// what it held. What is written over gets the mode of a new file.
package safely
