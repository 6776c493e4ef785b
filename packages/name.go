package packages

import "strings"

// alnum are the ASCII letters and digits.
const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// namePattern is what a name has to look like, in bytes. Regular expressions that
// count are slow to compile, and each start of the program would pay for it.
type namePattern struct {
	first, rest string
	max         int
}

// matches reports whether text is such a name.
func (p namePattern) matches(text string) bool {
	if text == "" || len(text) > p.max || strings.IndexByte(p.first, text[0]) < 0 {
		return false
	}
	for i := 1; i < len(text); i++ {
		if strings.IndexByte(p.rest, text[i]) < 0 {
			return false
		}
	}
	return true
}

// isMD5 tells whether text is a checksum as md5sum writes it.
func isMD5(text string) bool {
	return len(text) == 32 && namePattern{"0123456789abcdef", "0123456789abcdef", 32}.matches(text)
}
