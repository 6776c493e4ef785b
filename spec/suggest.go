package spec

import "github.com/sinter-build/sinter/diag"

// wordMeant is the fix that writes the word that was probably meant, before the others.
func wordMeant(word string, known []string, fixes ...string) []string {
	if guess := diag.Nearest(word, known); guess != "" {
		return append([]string{"write " + guess}, fixes...)
	}
	return fixes
}

// meant completes a message with the word that was probably meant.
func meant(word string, known []string) string {
	if guess := diag.Nearest(word, known); guess != "" {
		return "; did you mean " + guess + "?"
	}
	return ""
}
