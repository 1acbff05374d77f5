// Package story tells a trace: as rows on lanes, and in the words of what each row shows and why. It is pure, and draws
// nothing: the screen and the plain writer both take from it, so that nothing is told twice.
package story
