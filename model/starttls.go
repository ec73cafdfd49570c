package model

// StartTLS is STARTTLS (section 6.2.1). Behind is a command that follows it in
// the clear and in the same octets, with the tag [InjectedTag]; nil for none. No
// client may send one there (section 6.2.1): it stands for what an attacker on the
// way puts in, to have it taken for a command under TLS.
type StartTLS struct{ Behind Command }

// InjectedTag is the tag of the command behind a [StartTLS].
const InjectedTag = "x1"

// Name implements [Command].
func (StartTLS) Name() string { return "STARTTLS" }

func (StartTLS) command() {}

var (
	ruleNegotiates = rule("starttls-negotiates", "6.2.1", MUST,
		"Behind the tagged OK of STARTTLS the server begins TLS: it does not wait for something else, or go on in the clear.", "STARTTLS")
	ruleStartCloses = rule("starttls-closes", "6.2.1", SHOULD,
		"Behind the tagged OK of STARTTLS the server does not close the connection before a word of TLS.", "STARTTLS")
	ruleInjection = rule("starttls-injection", "6.2.1", MUST,
		"What came in the clear behind STARTTLS is thrown away, or taken for TLS, and is no command under TLS.", "STARTTLS")
	ruleStartOnce = ruleOf("starttls-once", "RFC 9051 6.2.1", SHOULD,
		"STARTTLS under TLS is answered BAD.", "STARTTLS")
)

// startTLS judges STARTTLS. RFC 3501 leaves open what becomes of it under TLS. To
// octets behind it a server may object in any way that does not execute them under TLS.
func (j *judge) startTLS(c StartTLS) {
	j.untagged()
	switch {
	case j.outcome == OK && j.tls:
		j.report(ruleStartOnce, j.shown(), "BAD: TLS is in effect")
	case j.outcome == OK && c.Behind == nil && !j.bye():
		j.negotiates()
	case j.offers && c.Behind == nil && !j.tls:
		j.notBad()
	}
}

// negotiates judges that TLS began behind the OK. How it came out may be for reasons
// of its own: the client's versions of it, or a certificate that the client lacks. An
// alert should say so (RFC 8446 section 6.2), but there are servers that only close.
func (j *judge) negotiates() {
	const want = "TLS behind the OK"
	switch j.x.Reply.End {
	case Closed:
		j.report(ruleStartCloses, "OK, and the close of the connection", want)
	case Silent:
		j.report(ruleNegotiates, "OK, and nothing more", want)
	case NotTLS:
		got := "OK, and something else than TLS"
		if len(j.instead) > 0 {
			got = clipRaw(j.instead[0].Raw)
		}
		j.report(ruleNegotiates, got, want)
	}
}

// upgrade takes over what the answer to STARTTLS does to the connection. Where it
// cannot be followed, the connection is given up: TLS within TLS, an OK in a state
// that does not allow it, a command behind a STARTTLS that was refused.
func (j *judge) upgrade() {
	if j.name != "STARTTLS" {
		return
	}
	c, _ := j.x.Cmd.(StartTLS) // or malformed
	if c.Behind != nil && mutates(c.Behind.Name()) && j.phase != NotAuthenticated {
		j.s.Vague = true
	}
	switch {
	case j.outcome == NoStatus, j.outcome != OK && c.Behind == nil, j.x.Reply.End != Open:
	case j.outcome != OK, j.tls, j.phase != NotAuthenticated:
		j.leave(Logout)
	default:
		j.c.TLS, j.c.injected = true, c.Behind
	}
}

// forget drops what the client was told of capabilities: under TLS, what was told
// in the clear counts no more (section 6.2.1).
func (c *Conn) forget() {
	c.caps, c.enabled, c.noLogin, c.offersTLS = nil, false, false, false
}

// injected reports, and blames on STARTTLS, that a command was executed under TLS
// that came in the clear. What else the connection says is not judged then.
func (j *judge) injected(got string) {
	j.reportBy(Cause{ruleInjection, "STARTTLS", NotAuthenticated}, got,
		"no answer to what came in the clear behind STARTTLS, "+j.c.injected.Name())
	j.lose()
}

// lose gives up following the connection: answers may be to other commands than
// were sent last, and may be of other states.
func (j *judge) lose() {
	j.c.Lost, j.c.Astray, j.s.Vague, j.astray = true, true, true, true
}

// loggedInBefore reports whether a mailbox that is selected before LOGIN shows that
// a LOGIN was executed which came in the clear behind STARTTLS.
func (j *judge) loggedInBefore() bool {
	_, login := j.c.injected.(LoginCmd)
	return login && j.phase == NotAuthenticated && (j.name == "SELECT" || j.name == "EXAMINE")
}

// Secure reports whether the next command on a connection goes out under TLS. One
// that is not open is opened for it.
func (m Machine) Secure(s State, conn int) bool {
	if p := s.Phase(conn); p == Unopened || p == Logout {
		return m.Profile.TLS
	}
	return s.Conns[conn].TLS
}

// OffersTLS reports whether the target has STARTTLS, and connections begin in the
// clear.
func (p Profile) OffersTLS() bool { return p.Has("STARTTLS") && !p.TLS }

// predictStartTLS is the effect of STARTTLS on a usual server. What one makes of
// octets behind it is left open: the connection is as good as over.
func (s *State) predictStartTLS(m Machine, c *Conn, cmd StartTLS) {
	switch {
	case cmd.Behind != nil:
		s.closeView(c)
		c.Phase = Logout
	case c.Phase == NotAuthenticated && m.Profile.OffersTLS():
		c.TLS = true
	}
}

// RefusesLogin reports whether the target lets nobody in on the connection as it is
// (section 6.2.3).
func (m Machine) RefusesLogin(secure bool) bool {
	return !secure && m.Profile.Has("LOGINDISABLED")
}

// login is the way in for a connection that is not authenticated.
func (m Machine) login(conn int, secure bool) []Step {
	in := []Step{{Conn: conn, Cmd: LoginStep()}}
	if m.RefusesLogin(secure) && m.Profile.OffersTLS() {
		in = append([]Step{{Conn: conn, Cmd: StartTLS{}}}, in...)
	}
	return in
}
