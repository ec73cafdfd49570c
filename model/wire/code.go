package wire

import "github.com/imapcheck/imapcheck/model"

// respTextCode is resp-text-code (RFC 3501 section 7.1). The last alternative of
// the rule would take any code with any argument; it is for codes that the RFC
// does not define, and of extensions for those that have no argument.
func (p *scanner) respTextCode() *model.Code {
	c := &model.Code{Name: upper7(p.atom("resp-text-code"))}
	switch c.Name {
	case "ALERT", "PARSE", "READ-ONLY", "READ-WRITE", "TRYCREATE":
	case "UIDNEXT", "UIDVALIDITY", "UNSEEN":
		p.sp("resp-text-code")
		c.Num = p.nzNumber()
	case "PERMANENTFLAGS":
		p.sp("resp-text-code")
		c.List = p.flags("resp-text-code", "flag-perm")
	case "CAPABILITY":
		c.List = p.capabilities()
	case "BADCHARSET":
		if p.skip(' ') {
			c.List = p.charsets()
		}
	default:
		p.extensionCode(c)
	}
	return c
}

// extensionCode is what follows the name of a code that RFC 3501 does not define.
// Those that have arguments in their RFC are held to them: also for a server that
// does not advertise the extension there is no other code of that name.
func (p *scanner) extensionCode(c *model.Code) {
	start := p.i
	switch c.Name {
	case "APPENDUID":
		c.Num, c.Sets = p.uidCode("resp-code-apnd", 1)
	case "COPYUID":
		c.Num, c.Sets = p.uidCode("resp-code-copy", 2)
	case "HIGHESTMODSEQ":
		p.sp("resp-text-code")
		p.modSequence()
	case "MODIFIED":
		p.sp("resp-text-code")
		c.Sets = []model.Set{p.set("sequence-set", true)}
	case "MAILBOXID":
		p.sp("resp-text-code")
		p.open("resp-text-code")
		p.objectID()
		p.close("resp-text-code")
	default:
		if p.skip(' ') {
			c.Args = p.codeArgs()
		}
		return
	}
	if p.err == nil {
		c.Args = p.s[start+1 : p.i]
	}
}

// uidCode is the UIDVALIDITY and the sets of a resp-code-apnd or resp-code-copy
// (RFC 4315 section 4). With MULTIAPPEND an append-uid is a set too.
func (p *scanner) uidCode(rule string, n int) (validity uint32, sets []model.Set) {
	p.sp(rule)
	validity = p.nzNumber()
	sets = make([]model.Set, n)
	for i := range sets {
		p.sp(rule)
		sets[i] = p.set(rule, false)
	}
	return validity, sets
}

func (p *scanner) charsets() []string {
	p.open("resp-text-code")
	list := []string{p.astring()}
	for p.skip(' ') {
		list = append(list, p.astring())
	}
	p.close("resp-text-code")
	return list
}

func (p *scanner) codeArgs() string {
	args := p.run(clsCodeArg)
	switch c := p.peek(); {
	case p.atEnd(), c == ']' && args != "":
	case c == ']':
		p.fail("resp-text-code", "TEXT-CHAR")
	default:
		p.fail("TEXT-CHAR", "TEXT-CHAR")
	}
	return args
}

// capabilities is capability-data behind its name.
func (p *scanner) capabilities() []string {
	var caps []string
	rev1 := false
	for p.skip(' ') {
		c := p.atom("capability")
		if p.err != nil {
			return caps
		}
		rev1 = rev1 || sameFold(c, "IMAP4rev1")
		caps = append(caps, c)
	}
	if !rev1 {
		p.fail("capability-data", "IMAP4rev1")
	}
	return caps
}

// flags is a list of flags in parentheses, perhaps empty. The list is of rule
// list, each of rule flag: "flag", "flag-fetch" or "flag-perm".
func (p *scanner) flags(list, flag string) []string {
	p.open(list)
	var flags []string
	if p.peek() != ')' {
		flags = make([]string, 0, 6)
		for {
			f := p.flag(flag)
			if p.err != nil {
				return flags
			}
			if flags = append(flags, f); !p.skip(' ') {
				break
			}
		}
	}
	p.close(list)
	return flags
}

// flag is flag, flag-fetch or flag-perm, by the rule's name. The comment on flag
// excludes \Recent, but as a flag-extension it is spelled all the same: the
// grammar does not settle it, so it is let through.
func (p *scanner) flag(rule string) string {
	start := p.i
	if !p.skip('\\') {
		if p.run(clsAtom) == "" {
			p.fail(rule, rule)
		}
		return p.s[start:p.i]
	}
	if rule == "flag-perm" && p.skip('*') {
		return p.s[start:p.i]
	}
	if p.run(clsAtom) == "" {
		p.fail(rule, "atom")
	}
	return p.s[start:p.i]
}
