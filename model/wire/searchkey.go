package wire

import "github.com/imapcheck/imapcheck/model"

// maxDepth bounds the nesting of search keys that ParseCommand follows, so
// that no input can exhaust the stack.
const maxDepth = 1000

// searchArgs has the kinds of the string arguments of every search key that
// is a word, but for NOT, OR and UID (RFC 3501 section 9, search-key):
// a(string), d(ate), k(eyword), n(umber).
var searchArgs = map[string]string{
	"ALL": "", "ANSWERED": "", "DELETED": "", "DRAFT": "", "FLAGGED": "", "NEW": "", "OLD": "",
	"RECENT": "", "SEEN": "", "UNANSWERED": "", "UNDELETED": "", "UNDRAFT": "", "UNFLAGGED": "", "UNSEEN": "",
	"BCC": "a", "BODY": "a", "CC": "a", "FROM": "a", "SUBJECT": "a", "TEXT": "a", "TO": "a", "HEADER": "aa",
	"BEFORE": "d", "ON": "d", "SINCE": "d", "SENTBEFORE": "d", "SENTON": "d", "SENTSINCE": "d",
	"KEYWORD": "k", "UNKEYWORD": "k", "LARGER": "n", "SMALLER": "n",
}

func appendSearch(dst []byte, c model.Search) []byte {
	dst = append(dst, c.Name()...)
	if c.Charset != "" {
		dst = appendStrings(append(dst, " CHARSET"...), model.A(c.Charset))
	}
	for _, k := range c.Keys {
		dst = appendSearchKey(append(dst, ' '), k)
	}
	return dst
}

func appendSearchKey(dst []byte, k model.SearchKey) []byte {
	switch k.Key {
	case "":
		return append(dst, k.Set.String()...)
	case "(":
		for i, sub := range k.Keys {
			dst = appendSearchKey(append(dst, "( "[min(i, 1)]), sub)
		}
		return append(dst, ')')
	case "UID":
		return append(append(dst, "UID "...), k.Set.String()...)
	}
	dst = appendStrings(append(dst, k.Key...), k.Args...)
	for _, sub := range k.Keys {
		dst = appendSearchKey(append(dst, ' '), sub)
	}
	return dst
}

// search = "SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key)
func (p *cmdParser) search(uid bool) model.Command {
	c := model.Search{UID: uid}
	p.sp()
	if p.bad {
		return nil
	}
	before := p.pos
	if p.word() == "CHARSET" {
		p.sp()
		c.Charset = p.astring().S
		p.sp()
	} else {
		p.pos, p.bad = before, false
	}
	c.Keys = p.searchKeys(0)
	return c
}

// searchKeys reads search-key *(SP search-key).
func (p *cmdParser) searchKeys(depth int) []model.SearchKey {
	keys := []model.SearchKey{p.searchKey(depth)}
	for p.peek() == ' ' {
		p.sp()
		keys = append(keys, p.searchKey(depth))
	}
	return keys
}

func (p *cmdParser) searchKey(depth int) model.SearchKey {
	if depth > maxDepth {
		p.fail()
	}
	switch c := p.peek(); {
	case c == '(':
		p.expect("(")
		keys := p.searchKeys(depth + 1)
		p.expect(")")
		return model.SearchKey{Key: "(", Keys: keys}
	case c == '*' || digit(c):
		return model.SearchKey{Set: p.set(false)}
	}
	k := model.SearchKey{Key: p.word()}
	switch k.Key {
	case "UID":
		p.sp()
		k.Set = p.set(true)
		return k
	case "OR":
		p.sp()
		k.Keys = append(k.Keys, p.searchKey(depth+1))
		fallthrough
	case "NOT":
		p.sp()
		k.Keys = append(k.Keys, p.searchKey(depth+1))
		return k
	}
	kinds, known := searchArgs[k.Key]
	if !known {
		p.fail()
	}
	for _, kind := range kinds {
		p.sp()
		k.Args = append(k.Args, p.searchArg(kind))
	}
	return k
}

func (p *cmdParser) searchArg(kind rune) model.AString {
	switch kind {
	case 'd':
		return p.date()
	case 'k':
		return model.AString{S: p.atom()}
	case 'n':
		return model.AString{S: p.number(0)}
	}
	return p.astring()
}

// date = date-text / DQUOTE date-text DQUOTE
func (p *cmdParser) date() model.AString {
	if p.peek() == '"' {
		p.expect(`"`)
		text := p.dateText(1)
		p.expect(`"`)
		return model.AString{S: text, Form: model.Quoted}
	}
	return model.AString{S: p.dateText(1)}
}
