package wording

import (
	"math/bits"
	"slices"
)

// Changes is how many characters have to be put in, left out, replaced or swapped with the next to make b of a.
func Changes(a, b string) int { return ChangesUpTo(len(a)+len(b), a, b) }

// ChangesUpTo is Changes where that is at most so many, otherwise any number above it: it stops where it is sure of
// that.
func ChangesUpTo(most int, a, b string) int {
	la, ina := letters(a)
	lb, inb := letters(b)
	if max(la-lb, lb-la, bits.OnesCount64(ina&^inb), bits.OnesCount64(inb&^ina)) > most {
		return most + 1 // every change makes it longer or shorter by one, or has another character in it
	}
	from, to := []rune(a), []rune(b)
	rows := make([]int, 3*(len(to)+1))
	before, row, next := rows[:len(to)+1], rows[len(to)+1:2*(len(to)+1)], rows[2*(len(to)+1):]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(from); i++ {
		next[0] = i
		for j := 1; j <= len(to); j++ {
			replaced := row[j-1]
			if from[i-1] != to[j-1] {
				replaced++
			}
			next[j] = min(replaced, row[j]+1, next[j-1]+1)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		if slices.Min(next) > most && slices.Min(row) > most { // what follows is made of these two
			return most + 1
		}
		before, row, next = row, next, before
	}
	return row[len(to)]
}

// letters is how many characters there are in s, and of 64 kinds of them which.
func letters(s string) (n int, kinds uint64) {
	for _, r := range s {
		n++
		kinds |= 1 << (r & 63)
	}
	return n, kinds
}
