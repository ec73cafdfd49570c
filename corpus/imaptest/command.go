package imaptest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// boxName is the mailbox of the set-up, if a script has no other.
const boxName = "imaptest"

// mailboxName is the variable that holds it.
const mailboxName = "mailbox"

// constants are the variables that every script has.
var constants = []binding{
	{name: mailboxName, value: boxName},
	{name: "user", value: model.User},
	{name: "username", value: model.User},
	{name: "password", value: model.Password},
}

// sepName is the variable that holds the hierarchy delimiter.
const sepName = "sep"

func constant(name string) (string, bool) { return (&env{bound: constants}).lookup(name) }

// segment is a part of a command: octets of a literal, or a text with variables.
type segment struct {
	literal string // with its announcement
	pieces  []piece
}

// segments parts a command.
func segments(text string) ([]segment, error) {
	var list []segment
	for text != "" {
		i, head, size := nextLiteral(text)
		ps, err := parsePieces(text[:i])
		if err != nil {
			return nil, err
		}
		end := min(i+head+size, len(text))
		list = append(list, segment{pieces: ps}, segment{literal: text[i:end]})
		text = text[end:]
	}
	return list, nil
}

// nextLiteral is where the next literal of a command is announced, len(s) if none is.
func nextLiteral(s string) (at, head, size int) {
	for i := range len(s) {
		if s[i] == '{' || s[i] == '~' {
			if head, size, ok := announced(s[i:]); ok {
				return i, head, size
			}
		}
	}
	return len(s), 0, 0
}

// inBox puts the name of the mailbox, with "/" for the delimiter, in the place of $mailbox.
func inBox(text, box string) ([]segment, error) {
	list, err := segments(text)
	for i := range list {
		var ps []piece
		for _, p := range list[i].pieces {
			if p.kind != variable || p.text != mailboxName {
				ps = append(ps, p)
				continue
			}
			for j, part := range strings.Split(box, "/") {
				if j > 0 {
					ps = append(ps, piece{kind: variable, text: sepName})
				}
				ps = append(ps, piece{text: part})
			}
		}
		list[i].pieces = ps
	}
	return list, err
}

// symbolic is a command of a script as a step: with what is known of it, and its other
// variables, whose names it returns.
func symbolic(text, box string) (model.Command, []string, error) {
	list, err := inBox(text, box)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for i := range list {
		for j, p := range list[i].pieces {
			value, known := constant(p.text)
			switch {
			case p.kind == anything: // the result of a search (RFC 5182), or a flag
				list[i].pieces[j] = piece{text: "$"}
			case p.kind == sequence: // it is sent now
				list[i].pieces[j] = piece{text: strconv.FormatUint(uint64(p.n), 10)}
			case p.kind == exact:
				list[i].pieces[j] = piece{text: p.text}
			case p.kind == variable && known:
				list[i].pieces[j] = piece{text: value}
			case p.kind != plain && p.text != sepName:
				names = append(names, p.text)
			}
		}
	}
	var b strings.Builder
	for _, s := range list {
		if len(names) > 0 {
			b.WriteString(formatPieces(s.pieces))
		} else {
			for _, p := range s.pieces {
				if p.kind == variable {
					p.text = "/" // the machine binds it
				}
				b.WriteString(p.text)
			}
		}
		b.WriteString(s.literal)
	}
	if len(names) > 0 {
		return wire.ParseCommand(b.String()), names, nil
	}
	return spelled(b.String()), nil, nil
}

// spelled is the command that a text spells in any way, as the model writes it.
func spelled(text string) model.Command {
	if c, ok := wire.Spells(text); ok {
		return c
	}
	return wire.ParseCommand(text)
}

// bind puts values in the place of the variables of a symbolic command. The error says
// which of them has none that can be sent.
func (e *env) bind(c model.Command) (model.Command, error) {
	list, err := segments(wire.FormatCommand(c))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, s := range list {
		for _, p := range s.pieces {
			if p.kind != variable && p.kind != modseq {
				b.WriteString(p.text)
				continue
			}
			value, ok := e.lookup(p.text)
			if !ok || strings.ContainsAny(value, "\r\n\x00") || slices.Max([]byte(value+" ")) >= 0x80 {
				return nil, fmt.Errorf("$%s has no value that can be sent", p.text)
			}
			b.WriteString(inPlace(b.String(), value))
		}
		b.WriteString(s.literal)
	}
	return spelled(b.String()), nil
}

// inPlace is a value as it is written behind a part of a command: in quotes where it needs
// them and is an argument of its own.
func inPlace(before, value string) string {
	special := value == "" || strings.ContainsAny(value, ` (){%*"\`)
	switch own := before == "" || strings.HasSuffix(before, " ") || strings.HasSuffix(before, "("); {
	case !special || !own && !model.OpenQuote(before):
		return value
	case model.OpenQuote(before):
		return quotes.Replace(value)
	default:
		return `"` + quotes.Replace(value) + `"`
	}
}

var quotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
