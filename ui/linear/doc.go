// Package linear tells a handshake line by line on a terminal and takes commands as words: the same steps, questions
// and texts as the screen has, for screen readers and for whoever prefers lines. Nothing is drawn over, nothing blinks.
package linear
