package diag

import "strings"

// maxWord is the length past which words are not compared: nobody mistypes
// them, and the comparison takes the product of their lengths.
const maxWord = 256

// Nearest is the known word that was probably meant, or "" when none is near: at
// most a third of the letters, and no more than three, may differ.
func Nearest(word string, known []string) string {
	best, distance := "", min(len(word)/3, 3)
	for _, k := range known {
		if strings.EqualFold(word, k) {
			return k
		}
		n := editDistance(strings.ToLower(word), strings.ToLower(k))
		swapped := n == distance && best != "" && sameLetters(word, k) && !sameLetters(word, best)
		if n < distance || n == distance && best == "" && n > 0 || swapped {
			best, distance = k, n
		}
	}
	return best
}

// sameLetters reports whether two words have the same letters in another order, as crul and
// curl do: of words that are as near, it is the one that was meant.
func sameLetters(a, b string) bool {
	if len(a) != len(b) || len(a) > maxWord {
		return false
	}
	var counts [256]int
	for i := range len(a) {
		counts[a[i]]++
		counts[b[i]]--
	}
	return counts == [256]int{}
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func editDistance(a, b string) int {
	if len(a) > maxWord || len(b) > maxWord {
		return maxWord
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
