package wire

import (
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// ParseCommand reads what FormatCommand wrote; it never fails. What neither RFC
// 3501 section 9 nor an extension that the model knows allows becomes a model.Raw of the same octets. So does a
// command in another spelling than FormatCommand's, for example with a keyword
// in lower case or with more than 1000 nested search keys: the octets of a
// trace are part of it, and FormatCommand(ParseCommand(s)) is s for every s.
// [Spells] tells the two kinds of Raw apart.
//
// A set of UIDs may hold symbolic numbers ("$3", see model.Num).
func ParseCommand(s string) model.Command {
	if c, ok := Spells(s); ok && FormatCommand(c) == s {
		return c
	}
	return model.Raw{Bytes: s}
}

// Spells is the command that s spells in any way that RFC 3501 section 9 and
// the extensions that the model knows allow, with its keywords in upper case;
// false if s is malformed.
func Spells(s string) (model.Command, bool) {
	p := &cmdParser{s: s}
	c := p.command()
	if p.bad || p.pos != len(s) {
		return nil, false
	}
	return c, true
}

// cmdParser reads the client's half of the grammar. Its error is sticky: after
// the first failure it sees nothing but the end of the input.
type cmdParser struct {
	s   string
	pos int
	bad bool
}

func (p *cmdParser) fail() { p.bad = true }

// peek is the next octet, 0 at the end. A NUL is legal nowhere.
func (p *cmdParser) peek() byte {
	if p.bad || p.pos >= len(p.s) {
		return 0
	}
	return p.s[p.pos]
}

func (p *cmdParser) expect(text string) {
	if p.bad || !strings.HasPrefix(p.s[p.pos:], text) {
		p.fail()
		return
	}
	p.pos += len(text)
}

func (p *cmdParser) sp() { p.expect(" ") }

// take reads the longest run of octets that are in the class.
func (p *cmdParser) take(class func(byte) bool) string {
	start := p.pos
	for p.pos < len(p.s) && !p.bad && class(p.s[p.pos]) {
		p.pos++
	}
	return p.s[start:p.pos]
}

// take1 is take of at least one octet.
func (p *cmdParser) take1(class func(byte) bool) string {
	s := p.take(class)
	if s == "" {
		p.fail()
	}
	return s
}

func (p *cmdParser) atom() string { return p.take1(model.IsAtomChar) }

// word is a keyword, in upper case.
func (p *cmdParser) word() string { return strings.ToUpper(p.atom()) }

func (p *cmdParser) command() model.Command {
	start := p.pos
	name := p.word()
	uid := name == "UID"
	if uid {
		p.sp()
		name = p.word()
	}
	switch name {
	case "SEARCH":
		return p.search(uid)
	case "FETCH":
		return p.fetch(uid)
	case "STORE":
		return p.store(uid)
	case "COPY", "MOVE":
		p.sp()
		set := p.set(uid)
		return model.Copy{UID: uid, Set: set, Box: p.spString(), Move: name == "MOVE"}
	case "EXPUNGE":
		if uid {
			p.sp()
			return model.UIDExpunge{Set: p.set(uid)}
		}
	}
	if uid {
		p.fail()
	}
	switch name {
	case "STARTTLS":
		return p.startTLS()
	case "CAPABILITY", "NOOP", "LOGOUT", "CHECK", "CLOSE", "EXPUNGE",
		"NAMESPACE", "UNSELECT", "IDLE":
		return model.Simple{Verb: name}
	case "LOGIN":
		user := p.spString()
		return model.LoginCmd{User: user, Password: p.spString()}
	case "AUTHENTICATE":
		return p.authenticate()
	case "SELECT", "EXAMINE", "CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE":
		return model.Mailbox{Verb: name, Box: p.spString()}
	case "RENAME":
		from := p.spString()
		return model.Rename{From: from, To: p.spString()}
	case "LIST", "LSUB":
		ref := p.spString()
		p.sp()
		return model.List{Verb: name, Ref: ref, Pattern: p.stringOr(listChar)}
	case "STATUS":
		return p.status()
	case "APPEND":
		return p.append()
	case "ENABLE":
		return p.enable()
	}
	return p.experimental(start)
}

// startTLS = "STARTTLS" [CRLF tag SP command]; what is behind it is one line, of the
// tag model.InjectedTag.
func (p *cmdParser) startTLS() model.Command {
	if p.peek() != '\r' {
		return model.StartTLS{}
	}
	p.expect("\r\n" + model.InjectedTag + " ")
	if p.bad || strings.ContainsAny(p.s[p.pos:], "\r\n") {
		p.fail()
		return nil
	}
	return model.StartTLS{Behind: p.command()}
}

// authenticate = "AUTHENTICATE" SP auth-type *(CRLF base64); the last line can
// be the "*" that cancels (RFC 3501 6.2.2).
func (p *cmdParser) authenticate() model.Command {
	p.sp()
	c := model.Authenticate{Mechanism: p.atom()}
	for p.peek() == '\r' {
		p.expect("\r\n")
		if p.peek() == '*' {
			p.expect("*")
			c.Lines = append(c.Lines, "*")
			break
		}
		c.Lines = append(c.Lines, p.base64())
	}
	return c
}

func (p *cmdParser) base64() string {
	chars := p.take(base64Char)
	pad := p.take(func(c byte) bool { return c == '=' })
	if (len(chars)+len(pad))%4 != 0 || len(pad) > 2 {
		p.fail()
	}
	return chars + pad
}

// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
func (p *cmdParser) status() model.Command {
	c := model.StatusCmd{Box: p.spString()}
	p.expect(" (")
	for {
		item := p.word()
		switch item {
		case "MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN":
		default:
			p.fail()
		}
		c.Items = append(c.Items, item)
		if p.peek() != ' ' {
			break
		}
		p.sp()
	}
	p.expect(")")
	return c
}

// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
func (p *cmdParser) append() model.Command {
	c := model.Append{Box: p.spString()}
	p.sp()
	if p.peek() == '(' {
		c.Flags = p.flagList()
		p.sp()
	}
	if p.peek() == '"' {
		c.Date = p.dateTime()
		p.sp()
	}
	c.Message, c.Plus = p.literal()
	return c
}

// enable = "ENABLE" 1*(SP capability)
func (p *cmdParser) enable() model.Command {
	var c model.Enable
	for {
		p.sp()
		c.Caps = append(c.Caps, p.atom())
		if p.peek() != ' ' {
			return c
		}
	}
}

// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP
// (flag-list / (flag *(SP flag)))
func (p *cmdParser) store(uid bool) model.Command {
	c := model.Store{UID: uid}
	p.sp()
	c.Set = p.set(uid)
	p.sp()
	if op := p.peek(); op == '+' || op == '-' {
		p.pos++
		c.Op = op
	}
	switch p.word() {
	case "FLAGS":
	case "FLAGS.SILENT":
		c.Silent = true
	default:
		p.fail()
	}
	p.sp()
	if c.Paren = p.peek() == '('; c.Paren {
		if c.Flags = p.flagList(); len(c.Flags) == 0 {
			c.Flags = nil
		}
		return c
	}
	c.Flags = p.flags()
	return c
}

// flagList is a flag-list; not nil when it is empty.
func (p *cmdParser) flagList() []string {
	flags := []string{}
	p.expect("(")
	if p.peek() != ')' {
		flags = p.flags()
	}
	p.expect(")")
	return flags
}

// flags reads flag *(SP flag). \Recent is none that a client may name.
func (p *cmdParser) flags() []string {
	var flags []string
	for {
		start := p.pos
		if p.peek() == '\\' {
			p.pos++
		}
		p.atom()
		flag := p.s[start:p.pos]
		if strings.EqualFold(flag, `\Recent`) {
			p.fail()
		}
		flags = append(flags, flag)
		if p.peek() != ' ' {
			return flags
		}
		p.sp()
	}
}

// experimental = "X" atom, and arguments of which nothing is known but that
// they are on one line of CHARs.
func (p *cmdParser) experimental(start int) model.Command {
	verb := p.s[start:p.pos]
	if len(verb) < 2 || verb[0] != 'X' && verb[0] != 'x' {
		p.fail()
	}
	c := model.Experimental{Verb: verb}
	if p.peek() == ' ' {
		p.sp()
		c.Args = p.take1(textChar)
	}
	return c
}

// set is a sequence-set; its numbers can be symbolic where they are UIDs.
func (p *cmdParser) set(uid bool) model.Set {
	text := p.take1(func(c byte) bool {
		return digit(c) || c == '*' || c == ':' || c == ',' || c == '$' && uid
	})
	set, err := model.ParseSet(text)
	if err != nil {
		p.fail()
	}
	return set
}

// number is the digits of a number of at least least and of 32 bits.
func (p *cmdParser) number(least uint64) string {
	digits := p.take1(digit)
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n < least || least > 0 && digits[0] == '0' {
		p.fail()
	}
	return digits
}

func (p *cmdParser) spString() model.AString {
	p.sp()
	return p.astring()
}

func (p *cmdParser) astring() model.AString { return p.stringOr(model.IsAStringChar) }

// stringOr is a string, or a run of octets of the class.
func (p *cmdParser) stringOr(class func(byte) bool) model.AString {
	switch p.peek() {
	case '"':
		return model.AString{S: p.quoted(), Form: model.Quoted}
	case '{':
		s, plus := p.literal()
		if plus {
			return model.AString{S: s, Form: model.LiteralPlus}
		}
		return model.AString{S: s, Form: model.Literal}
	}
	return model.AString{S: p.take1(class), Form: model.Atom}
}

func (p *cmdParser) quoted() string {
	var b strings.Builder
	p.expect(`"`)
	for p.peek() != '"' {
		if p.peek() == '\\' {
			p.pos++
			if c := p.peek(); c != '"' && c != '\\' {
				p.fail()
			}
		}
		c := p.peek()
		if !textChar(c) {
			p.fail()
			return ""
		}
		b.WriteByte(c)
		p.pos++
	}
	p.expect(`"`)
	return b.String()
}

// literal is a literal; plus says that it is a non-synchronizing one (RFC 7888).
func (p *cmdParser) literal() (s string, plus bool) {
	p.expect("{")
	size, err := strconv.ParseUint(p.number(0), 10, 32)
	if plus = p.peek() == '+'; plus {
		p.pos++
	}
	p.expect("}\r\n")
	if p.bad || err != nil || uint64(len(p.s)-p.pos) < size {
		p.fail()
		return "", false
	}
	text := p.s[p.pos : p.pos+int(size)]
	p.pos += int(size)
	if strings.IndexByte(text, 0) >= 0 {
		p.fail()
	}
	return text, plus
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// textChar is TEXT-CHAR: a CHAR that is neither CR nor LF.
func textChar(c byte) bool { return c > 0 && c < 0x80 && c != '\r' && c != '\n' }
