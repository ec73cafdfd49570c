package model

import "strings"

// matchPattern reports whether a name matches a pattern of LIST: "*" stands
// for anything, "%" for anything but the delimiter (section 6.3.8). It takes
// time in proportion to the product of both lengths, whatever a server sends.
func matchPattern(pattern, name, delim string) bool {
	// at[i] says that the pattern up to now matches name[:i].
	at := make([]bool, len(name)+1)
	at[0] = true
	for p := 0; p < len(pattern); p++ {
		switch c := pattern[p]; c {
		case '*', '%':
			for i := range len(name) { // names need not be UTF-8
				if at[i] && (c == '*' || delim == "" || !strings.HasPrefix(name[i:], delim)) {
					at[i+1] = true
				}
			}
		default:
			for i := len(name); i > 0; i-- {
				at[i] = at[i-1] && name[i-1] == c
			}
			at[0] = false
		}
	}
	return at[len(name)]
}
