package model

import (
	"slices"
	"strings"
)

// Command is one client command of RFC 3501 section 6, without its tag. It is a
// sealed sum: the types of this package are all there are. Package wire turns a
// Command into octets and back.
type Command interface {
	// Name is the command's name in upper case, "UID FETCH" for the UID forms.
	Name() string
	command()
}

// Form says how a string goes out on the wire (RFC 3501 section 4.3).
type Form uint8

// The three forms of an astring, and the literal that does not wait for a
// continuation request (RFC 7888). A value that the form cannot carry (a space
// in an atom, an 8-bit octet in a quoted string) is encoded in the next form
// that can.
const (
	Atom Form = iota
	Quoted
	Literal
	LiteralPlus
)

// AString is a string argument and the form chosen for it.
type AString struct {
	S    string
	Form Form
}

// A is an AString in its shortest legal form.
func A(s string) AString { return AString{S: s, Form: Atom}.Legal() }

// Legal is a with its form raised to one that can carry its octets
// (RFC 3501 section 9: astring, QUOTED-CHAR, CHAR8).
func (a AString) Legal() AString {
	if a.Form == Atom && !isAtomString(a.S) {
		a.Form = Quoted
	}
	if a.Form == Quoted {
		for i := 0; i < len(a.S); i++ {
			if c := a.S[i]; c >= 0x80 || c == '\r' || c == '\n' || c == 0 {
				a.Form = Literal
			}
		}
	}
	return a
}

// isAtomString reports whether s is 1*ASTRING-CHAR.
func isAtomString(s string) bool {
	for i := 0; i < len(s); i++ {
		if !IsAStringChar(s[i]) {
			return false
		}
	}
	return s != ""
}

// isAtom reports whether s is 1*ATOM-CHAR.
func isAtom(s string) bool {
	for i := 0; i < len(s); i++ {
		if !IsAtomChar(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsAtomChar reports whether c is an ATOM-CHAR (RFC 3501 section 9).
func IsAtomChar(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`(){%*"\]`, c) < 0 || c == '}'
}

// IsAStringChar reports whether c is an ASTRING-CHAR (RFC 3501 section 9).
func IsAStringChar(c byte) bool { return IsAtomChar(c) || c == ']' }

// Simple is a command without arguments: CAPABILITY, NOOP, LOGOUT, CHECK, CLOSE,
// EXPUNGE, and of extensions NAMESPACE, UNSELECT and IDLE. IDLE is ended with
// DONE as soon as the server has asked for it.
type Simple struct{ Verb string }

// LoginCmd is LOGIN (section 6.2.3).
type LoginCmd struct{ User, Password AString }

// Authenticate is AUTHENTICATE (section 6.2.2). Lines are what the client
// answers to the server's continuation requests, without CRLF: base64, or "*"
// to cancel.
type Authenticate struct {
	Mechanism string
	Lines     []string
}

// Mailbox is a command whose only argument is a mailbox name: SELECT, EXAMINE,
// CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE. In names, "/" stands for the
// server's hierarchy delimiter: Machine.Bind puts the real one.
type Mailbox struct {
	Verb string
	Box  AString
}

// Rename is RENAME (section 6.3.5).
type Rename struct{ From, To AString }

// List is LIST or LSUB (sections 6.3.8, 6.3.9). Pattern in the Atom form may
// hold the wildcards "*" and "%".
type List struct {
	Verb         string
	Ref, Pattern AString
}

// StatusCmd is STATUS (section 6.3.10). Items are in upper case.
type StatusCmd struct {
	Box   AString
	Items []string
}

// Append is APPEND (section 6.3.11). Flags nil means no flag list; Date is the
// text between the quotes of a date-time, "" for none. Plus says that the
// message does not wait for a continuation request (RFC 7888).
type Append struct {
	Box     AString
	Flags   []string
	Date    string
	Message string
	Plus    bool
}

// Search is SEARCH or UID SEARCH (section 6.4.4). Charset is empty for none.
type Search struct {
	UID     bool
	Charset string
	Keys    []SearchKey
}

// SearchKey is one search key. Key is its name in upper case; "" is a
// sequence set (in Set), "(" a parenthesized list (in Keys). NOT has one of
// Keys, OR two. Args are the string arguments (header name, string, date,
// number, flag), in order. UID has its numbers in Set.
type SearchKey struct {
	Key  string
	Set  Set
	Args []AString
	Keys []SearchKey
}

// Fetch is FETCH or UID FETCH (section 6.4.5). Items are attribute names in
// upper case ("BODY.PEEK[HEADER]<0.10>"), or one macro (ALL, FAST, FULL).
// Paren says that the items are in parentheses; more than one always are.
type Fetch struct {
	UID   bool
	Set   Set
	Items []string
	Paren bool
}

// Store is STORE or UID STORE (section 6.4.6). Op is 0 to replace, '+' or '-'.
// Paren says that the flags are in parentheses; none always are.
type Store struct {
	UID    bool
	Set    Set
	Op     byte
	Silent bool
	Flags  []string
	Paren  bool
}

// Copy is COPY or UID COPY (section 6.4.7), or with Move set MOVE or UID MOVE
// (RFC 6851).
type Copy struct {
	UID  bool
	Set  Set
	Box  AString
	Move bool
}

// Experimental is an X command (section 6.5.1). Args is what follows the name
// and a space, "" for nothing.
type Experimental struct{ Verb, Args string }

// Raw is malformed input: the octets that follow the tag and a space, without
// the final CRLF. It never spells a command that section 9 allows.
type Raw struct{ Bytes string }

// Name implements [Command].
func (c Simple) Name() string       { return c.Verb }
func (LoginCmd) Name() string       { return "LOGIN" }
func (Authenticate) Name() string   { return "AUTHENTICATE" }
func (c Mailbox) Name() string      { return c.Verb }
func (Rename) Name() string         { return "RENAME" }
func (c List) Name() string         { return c.Verb }
func (StatusCmd) Name() string      { return "STATUS" }
func (Append) Name() string         { return "APPEND" }
func (c Search) Name() string       { return uidName(c.UID, "SEARCH") }
func (c Fetch) Name() string        { return uidName(c.UID, "FETCH") }
func (c Store) Name() string        { return uidName(c.UID, "STORE") }
func (c Experimental) Name() string { return "X" }

// Name implements [Command].
func (c Copy) Name() string {
	if c.Move {
		return uidName(c.UID, "MOVE")
	}
	return uidName(c.UID, "COPY")
}

// plus reports whether a command has a literal that does not wait for the server
// (RFC 7888).
func plus(c Command) bool {
	is := func(args ...AString) bool {
		return slices.ContainsFunc(args, func(a AString) bool { return a.Form == LiteralPlus })
	}
	switch c := c.(type) {
	case Append:
		return c.Plus || is(c.Box)
	case LoginCmd:
		return is(c.User, c.Password)
	case Mailbox:
		return is(c.Box)
	case Rename:
		return is(c.From, c.To)
	case List:
		return is(c.Ref, c.Pattern)
	case StatusCmd:
		return is(c.Box)
	case Copy:
		return is(c.Box)
	case Search:
		return slices.ContainsFunc(c.Keys, plusKey)
	}
	return false
}

func plusKey(k SearchKey) bool {
	return slices.ContainsFunc(k.Args, func(a AString) bool { return a.Form == LiteralPlus }) || slices.ContainsFunc(k.Keys, plusKey)
}

// setsRecent reports whether a command tries to set \Recent.
func setsRecent(c Command) bool {
	switch c := c.(type) {
	case Store:
		return containsFold(c.Flags, `\Recent`)
	case Append:
		return containsFold(c.Flags, `\Recent`)
	case Raw:
		return strings.Contains(strings.ToUpper(c.Bytes), `\RECENT`)
	}
	return false
}

func uidName(uid bool, name string) string {
	if uid {
		return "UID " + name
	}
	return name
}

func (Simple) command()       {}
func (LoginCmd) command()     {}
func (Authenticate) command() {}
func (Mailbox) command()      {}
func (Rename) command()       {}
func (List) command()         {}
func (StatusCmd) command()    {}
func (Append) command()       {}
func (Search) command()       {}
func (Fetch) command()        {}
func (Store) command()        {}
func (Copy) command()         {}
func (Experimental) command() {}
func (Raw) command()          {}

// CommandNames are the names of all commands of RFC 3501 section 6, in the
// order of that section; "X" is the class of experimental ones.
var CommandNames = []string{
	"CAPABILITY", "NOOP", "LOGOUT",
	"STARTTLS", "AUTHENTICATE", "LOGIN",
	"SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE",
	"LIST", "LSUB", "STATUS", "APPEND",
	"CHECK", "CLOSE", "EXPUNGE", "SEARCH", "FETCH", "STORE", "COPY",
	"UID COPY", "UID FETCH", "UID SEARCH", "UID STORE",
	"X",
}

// BoxNames are the mailbox names among the arguments of a command, as it spells them,
// in order. The patterns of LIST and LSUB are none.
func BoxNames(c Command) []string {
	switch c := c.(type) {
	case Mailbox:
		return []string{c.Box.S}
	case Rename:
		return []string{c.From.S, c.To.S}
	case StatusCmd:
		return []string{c.Box.S}
	case Append:
		return []string{c.Box.S}
	case Copy:
		return []string{c.Box.S}
	}
	return nil
}

// Valid reports whether RFC 3501 section 6, or the RFC of an extension that the
// target has, allows the named command in p. X
// commands are the server's own; one that it does not know is never valid.
func Valid(name string, p Phase) bool {
	switch name {
	case "CAPABILITY", "NOOP", "LOGOUT":
		return p == NotAuthenticated || p == Authenticated || p == Selected
	case "STARTTLS", "AUTHENTICATE", "LOGIN":
		return p == NotAuthenticated
	case "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE",
		"LIST", "LSUB", "STATUS", "APPEND":
		return p == Authenticated || p == Selected
	case "CHECK", "CLOSE", "EXPUNGE", "SEARCH", "FETCH", "STORE", "COPY",
		"UID COPY", "UID FETCH", "UID SEARCH", "UID STORE":
		return p == Selected
	}
	if e := extensionOf(name); e != nil {
		return e.phase <= p && p <= Selected
	}
	return false
}
