package spec

import "github.com/sinter-build/sinter/diag"

// meant completes a message with the word that was probably meant.
func meant(word string, known []string) string {
	if guess := diag.Nearest(word, known); guess != "" {
		return "; did you mean " + guess + "?"
	}
	return ""
}
