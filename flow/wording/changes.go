package wording

// Changes is how many characters have to be put in, left out, replaced or swapped with the next to make b of a.
func Changes(a, b string) int {
	from, to := []rune(a), []rune(b)
	var before []int
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(from); i++ {
		next := make([]int, len(to)+1)
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
		before, row = row, next
	}
	return row[len(to)]
}
