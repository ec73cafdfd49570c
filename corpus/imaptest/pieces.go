package imaptest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// piece is a part of a text with variables.
type piece struct {
	kind pieceKind
	text string // of plain and exact; the name of a variable
	n    uint32 // of sequence and modseq
}

type pieceKind uint8

const (
	plain    pieceKind = iota
	exact              // plain, and its case matters
	variable           // $name
	anything           // $
	sequence           // $2: where message 2 is now
	modseq             // $modseq2
)

const modseqName = "modseq"

// parsePieces reads a text with variables.
func parsePieces(s string) ([]piece, error) {
	var ps []piece
	for s != "" {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			ps = addPlain(ps, s[:i])
		}
		if s = s[i:]; s == "" {
			break
		}
		switch rest := s[1:]; {
		case strings.HasPrefix(rest, "$"):
			ps, s = addPlain(ps, "$"), rest[1:]
		case strings.HasPrefix(rest, "{"):
			name, more, found := strings.Cut(rest[1:], "}")
			if !found {
				return nil, errors.New(`a "${" without its "}"`)
			}
			if text, ok := strings.CutPrefix(name, "case:"); ok {
				ps, s = append(ps, piece{kind: exact, text: text}), more
				continue
			}
			if n := nameLen(name); n == 0 || n < len(name) {
				return nil, fmt.Errorf("no variable has the name %q", name)
			}
			p, err := named(name)
			if err != nil {
				return nil, err
			}
			ps, s = append(ps, p), more
		default:
			n := nameLen(rest)
			p, err := named(rest[:n])
			if err != nil {
				return nil, err
			}
			ps, s = append(ps, p), rest[n:]
		}
	}
	return ps, nil
}

func addPlain(ps []piece, text string) []piece {
	if n := len(ps); n > 0 && ps[n-1].kind == plain {
		ps[n-1].text += text
		return ps
	}
	return append(ps, piece{text: text})
}

// nameLen is the length of the name that s begins with: digits, or a letter and letters,
// digits and "_".
func nameLen(s string) int {
	digits := s != "" && isDigit(s[0])
	n := 0
	for n < len(s) && (isDigit(s[n]) || !digits && (isLetter(s[n]) || n > 0 && s[n] == '_')) {
		n++
	}
	return n
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// named is the piece that a name stands for.
func named(name string) (piece, error) {
	digits, mod := strings.CutPrefix(name, modseqName)
	switch {
	case name == "":
		return piece{kind: anything}, nil
	case !isDigit(name[0]) && (!mod || digits == "" || !isDigit(digits[0])):
		return piece{kind: variable, text: name}, nil
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n == 0 {
		return piece{}, fmt.Errorf("$%s: the number has to be from 1 to 4294967295", name)
	}
	if mod {
		return piece{kind: modseq, text: name, n: uint32(n)}, nil
	}
	return piece{kind: sequence, n: uint32(n)}, nil
}

// formatPieces writes what parsePieces reads.
func formatPieces(ps []piece) string {
	var b strings.Builder
	for _, p := range ps {
		switch p.kind {
		case plain:
			b.WriteString(strings.ReplaceAll(p.text, "$", "$$"))
		case exact:
			b.WriteString("${case:" + p.text + "}")
		case variable, modseq:
			b.WriteString("${" + p.text + "}")
		case anything:
			b.WriteByte('$')
		case sequence:
			fmt.Fprintf(&b, "${%d}", p.n)
		}
	}
	return b.String()
}
