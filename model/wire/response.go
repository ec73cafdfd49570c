package wire

import "github.com/imapcheck/imapcheck/model"

// ParseResponse parses one whole response, literals included, without the CRLF
// that ends it: the octets of [model.Response.Raw]. What breaks the grammar of
// RFC 3501 section 9 is in the result's Syntax. It never panics, and allows the
// default [Limits.Depth] of nesting.
//
// The data of the extensions that it knows is held to the grammar of their RFCs,
// whether or not the server has advertised them; SyntaxError.Want says which.
//
// Section 9 is ambiguous about a text that begins with "[": it is read as a
// resp-text-code, as section 7.1 has it, and so are the codes that the RFC
// defines with the arguments that it defines.
func ParseResponse(raw string) model.Response {
	r, _ := parseRaw(raw, defaultDepth)
	return r
}

// parseRaw is ParseResponse to a given depth; deep says that it was exceeded.
func parseRaw(raw string, depth int) (r model.Response, deep bool) {
	p := scanner{s: raw, maxDepth: depth}
	r.Raw = raw
	switch p.peek() {
	case '+':
		p.continueReq(&r)
	case '*':
		p.untagged(&r)
	default:
		p.tagged(&r)
	}
	r.Syntax = p.err
	return r, p.deep
}

// continueReq is continue-req. Base64 is made of TEXT-CHARs, and so only its
// empty case needs care.
func (p *scanner) continueReq(r *model.Response) {
	p.octet('+', "continue-req")
	r.Tag = "+"
	p.sp("continue-req")
	if !p.atEnd() {
		p.respText(r)
	}
}

func (p *scanner) tagged(r *model.Response) {
	r.Tag = p.run(clsTag)
	if r.Tag == "" {
		p.fail("tag", `"*", "+" or a tag`)
		return
	}
	p.sp("response-tagged")
	start := p.i
	status := statusOf(p.run(clsAtom))
	if status != model.OK && status != model.NO && status != model.BAD {
		p.failAt(start, "resp-cond-state", "OK, NO or BAD")
		return
	}
	r.Status = status
	p.sp("resp-cond-state")
	p.respText(r)
}

// untagged is response-data, and greeting where that has PREAUTH.
func (p *scanner) untagged(r *model.Response) {
	p.octet('*', "response-data")
	r.Tag = "*"
	p.sp("response-data")
	start := p.i
	if octetClasses[p.peek()]&clsDigit != 0 {
		r.Data = p.numbered()
		p.end("response-data")
		return
	}
	word := p.run(clsAtom)
	if r.Status = statusOf(word); r.Status != model.NoStatus {
		p.sp(condRule(r.Status))
		p.respText(r)
		return
	}
	switch name := upper7(word); name {
	case "CAPABILITY":
		r.Data = model.CapabilityData{Caps: p.capabilities()}
	case "FLAGS":
		p.sp("mailbox-data")
		r.Data = model.FlagsData{Flags: p.flags("flag-list", "flag")}
	case "LIST", "LSUB":
		r.Data = p.list(name == "LSUB")
	case "SEARCH":
		r.Data = p.search()
	case "STATUS":
		r.Data = p.status()
	default:
		r.Data = p.extension(name, start)
	}
	p.end("response-data")
}

// respText is resp-text.
func (p *scanner) respText(r *model.Response) {
	start := p.i
	if p.skip('[') {
		code := p.respTextCode()
		p.octet(']', "resp-text")
		if p.err == nil {
			r.Code = code
		}
		p.sp("resp-text")
		if p.err != nil && !knownCode(code.Name) {
			// No code: section 9 lets a text begin with "[".
			p.i, p.depth, p.deep, p.err, r.Code = start, 0, false, nil, nil
		}
	}
	r.Text = p.text()
}

func statusOf(word string) model.Status {
	for s := model.OK; s <= model.BYE; s++ {
		if sameFold(word, s.String()) {
			return s
		}
	}
	return model.NoStatus
}

// condRule is the rule that a status response is of.
func condRule(s model.Status) string {
	switch s {
	case model.PREAUTH:
		return "resp-cond-auth"
	case model.BYE:
		return "resp-cond-bye"
	}
	return "resp-cond-state"
}

// knownCode reports whether the arguments of a code are held to a grammar of
// their own.
func knownCode(name string) bool {
	switch name {
	case "ALERT", "PARSE", "READ-ONLY", "READ-WRITE", "TRYCREATE", "UIDNEXT", "UIDVALIDITY", "UNSEEN",
		"PERMANENTFLAGS", "CAPABILITY", "BADCHARSET",
		"APPENDUID", "COPYUID", "HIGHESTMODSEQ", "MODIFIED", "MAILBOXID":
		return true
	}
	return false
}
