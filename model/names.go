package model

import (
	"encoding/base64"
	"strings"
)

var (
	ruleUTF7 = rule("mutf7-verified", "5.1.3", SHOULD,
		"CREATE of a name with \"&\" that is not correct modified UTF-7 is refused.", "CREATE")
	ruleUTF7Kept = rule("mutf7-kept", "5.1.3", MUST,
		"The BASE64 in a name in modified UTF-7 is kept as it is, and has case.", "LIST", "CREATE")
	rule8Bit = rule("name-8bit-refused", "5.1", SHOULD,
		"CREATE of a name with 8-bit octets is refused.", "CREATE")
	rule8BitListed = rule("name-8bit-listed", "5.1", SHOULD,
		"LIST and LSUB return no name with 8-bit octets.", "LIST", "LSUB")
)

// madeName judges that CREATE has made a mailbox of that name. A server whose
// names may be UTF-8 has other conventions (RFC 6855, RFC 9051).
func (j *judge) madeName(name string) {
	if j.unicode() {
		return
	}
	if eightBit(name) {
		j.report(rule8Bit, "OK", "NO: the name has 8-bit octets")
	} else if flaw := utf7Flaw(name); flaw != "" {
		j.report(ruleUTF7, "CREATE "+name+": OK", "NO: "+flaw)
	}
}

// octets judges that the names of LIST and LSUB responses are of 7 bits.
func (j *judge) octets(list []ListData) {
	for _, d := range list {
		if eightBit(d.Name) && j.c.asked&asksUnicode == 0 {
			j.report(rule8BitListed, "a name "+clip(d.Name), "modified UTF-7")
			return
		}
	}
}

func eightBit(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 }) >= 0
}

// base64UTF7 is the BASE64 of modified UTF-7 (section 5.1.3).
var base64UTF7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").
	WithPadding(base64.NoPadding)

// utf7Flaw is what section 5.1.3 has against a mailbox name, "" for nothing.
func utf7Flaw(name string) string {
	for {
		_, rest, found := strings.Cut(name, "&")
		if !found {
			return ""
		}
		text, rest, closed := strings.Cut(rest, "-")
		octets, err := base64UTF7.DecodeString(text)
		switch {
		case !closed:
			return "it does not end in US-ASCII"
		case err != nil || len(octets)%2 != 0:
			return "&" + text + "- is not modified BASE64"
		case text != "" && strings.HasPrefix(rest, "&") && !strings.HasPrefix(rest, "&-"):
			return "the shift behind &" + text + "- is superfluous"
		}
		for i := 0; i < len(octets); i += 2 {
			if c := octets[i+1]; octets[i] == 0 && c >= ' ' && c <= '~' && c != '&' {
				return "&" + text + "- has in BASE64 what represents itself"
			}
		}
		name = rest
	}
}

// sameButShifts reports whether two names differ, and only by the case of
// letters in their BASE64.
func sameButShifts(a, b string) bool {
	if a == b || !strings.EqualFold(a, b) || len(a) != len(b) || eightBit(a) || eightBit(b) {
		return false
	}
	shifted := false
	for i := 0; i < len(a); i++ {
		switch {
		case a[i] == '&':
			shifted = true
		case a[i] == '-':
			shifted = false
		case a[i] != b[i] && shifted:
			return true // other letters may be folded as well
		}
	}
	return false
}
