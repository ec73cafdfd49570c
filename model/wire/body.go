package wire

// The structures of ENVELOPE, BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2).
// They are checked, not built: model.Att keeps their octets.

// envelopeLists are the rules of the six address lists of an envelope.
var envelopeLists = [...]string{"env-from", "env-sender", "env-reply-to", "env-to", "env-cc", "env-bcc"}

func (p *scanner) envelope() {
	p.open("envelope")
	p.nstring() // env-date
	p.sp("envelope")
	p.nstring() // env-subject
	p.sp("envelope")
	for _, rule := range envelopeLists {
		p.addresses(rule)
		p.sp("envelope")
	}
	p.nstring() // env-in-reply-to
	p.sp("envelope")
	p.nstring() // env-message-id
	p.close("envelope")
}

// addresses is one address list of an envelope.
func (p *scanner) addresses(rule string) {
	if p.skipNil() {
		return
	}
	p.open(rule)
	for {
		p.address()
		if p.peek() != '(' {
			break
		}
	}
	p.close(rule)
}

func (p *scanner) address() {
	p.open("address")
	p.nstring() // addr-name
	p.sp("address")
	p.nstring() // addr-adl
	p.sp("address")
	p.nstring() // addr-mailbox
	p.sp("address")
	p.nstring() // addr-host
	p.close("address")
}

// body is body. Extension data belongs to BODYSTRUCTURE alone: ext says that
// this is one.
func (p *scanner) body(ext bool) {
	p.open("body")
	if p.peek() == '(' {
		p.bodyMPart(ext)
	} else {
		p.body1Part(ext)
	}
	p.close("body")
}

func (p *scanner) bodyMPart(ext bool) {
	for p.peek() == '(' {
		p.body(ext)
	}
	p.sp("body-type-mpart")
	p.str("media-subtype")
	if p.moreBody(ext, "body-ext-mpart") {
		p.bodyParam()
		p.bodyExt(ext, "body-ext-mpart")
	}
}

// body1Part is body-type-1part. Section 9 gives the types that it distinguishes
// as quoted strings, so that one in a literal is body-type-basic.
func (p *scanner) body1Part(ext bool) {
	quoted := p.peek() == '"'
	media := p.str("media-basic")
	p.sp("body-type-1part")
	subQuoted := p.peek() == '"'
	sub := p.str("media-subtype")
	p.sp("body-type-1part")
	p.bodyFields()
	switch {
	case quoted && sameFold(media, "TEXT"):
		p.sp("body-type-text")
		p.number() // body-fld-lines
	case quoted && subQuoted && sameFold(media, "MESSAGE") && sameFold(sub, "RFC822"):
		p.sp("body-type-msg")
		p.envelope()
		p.sp("body-type-msg")
		p.body(ext)
		p.sp("body-type-msg")
		p.number() // body-fld-lines
	}
	if p.moreBody(ext, "body-ext-1part") {
		p.nstring() // body-fld-md5
		p.bodyExt(ext, "body-ext-1part")
	}
}

func (p *scanner) bodyFields() {
	p.bodyParam()
	p.sp("body-fields")
	p.nstring() // body-fld-id
	p.sp("body-fields")
	p.nstring() // body-fld-desc
	p.sp("body-fields")
	p.str("body-fld-enc")
	p.sp("body-fields")
	p.number() // body-fld-octets
}

// moreBody reads the SP before another field of rule, if there is one.
func (p *scanner) moreBody(ext bool, rule string) bool {
	if p.peek() != ' ' {
		return false
	}
	if !ext {
		p.fail(rule, "no extension data in BODY")
		return false
	}
	p.i++
	return true
}

// bodyExt is what body-ext-1part and body-ext-mpart have in common: all but
// their first field.
func (p *scanner) bodyExt(ext bool, rule string) {
	if !p.moreBody(ext, rule) {
		return
	}
	p.bodyDisposition()
	if !p.moreBody(ext, rule) {
		return
	}
	p.bodyLanguage()
	if !p.moreBody(ext, rule) {
		return
	}
	p.nstring() // body-fld-loc
	for p.moreBody(ext, rule) {
		p.bodyExtension()
	}
}

// bodyParam is body-fld-param: pairs of strings.
func (p *scanner) bodyParam() {
	const rule = "body-fld-param"
	if p.skipNil() {
		return
	}
	p.open(rule)
	for {
		p.str(rule)
		p.sp(rule)
		p.str(rule)
		if !p.skip(' ') {
			break
		}
	}
	p.close(rule)
}

func (p *scanner) bodyDisposition() {
	const rule = "body-fld-dsp"
	if p.skipNil() {
		return
	}
	p.open(rule)
	p.str(rule)
	p.sp(rule)
	p.bodyParam()
	p.close(rule)
}

func (p *scanner) bodyLanguage() {
	const rule = "body-fld-lang"
	if p.peek() != '(' {
		p.nstring()
		return
	}
	p.open(rule)
	p.str(rule)
	for p.skip(' ') {
		p.str(rule)
	}
	p.close(rule)
}

func (p *scanner) bodyExtension() {
	const rule = "body-extension"
	switch c := p.peek(); {
	case c == '(':
		p.open(rule)
		p.bodyExtension()
		for p.skip(' ') {
			p.bodyExtension()
		}
		p.close(rule)
	case octetClasses[c]&clsDigit != 0:
		p.number()
	default:
		p.nstring()
	}
}
