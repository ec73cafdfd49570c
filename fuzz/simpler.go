package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
	"github.com/imapcheck/imapcheck/model/wire"
)

// simpler are the proposals of [model.Simpler], those that keep malformed input
// malformed and messages messages, and some more: LOGIN in the place of
// AUTHENTICATE, CREATE in that of RENAME, and what shortens malformed input.
func simpler(cmd model.Command) []model.Command {
	var list []model.Command
	switch c := cmd.(type) {
	case model.Raw:
		if spelled, ok := wire.Spells(c.Bytes); ok {
			return []model.Command{spelled}
		}
		list = simplerRaw(c.Bytes)
	case model.Authenticate:
		list = []model.Command{model.LoginStep()}
	case model.Rename:
		to := c.To
		to.S = strings.TrimSuffix(to.S, "/")
		list = []model.Command{model.Mailbox{Verb: "CREATE", Box: to}, model.Rename{From: c.From, To: to}}
	}
	return slices.DeleteFunc(append(list, model.Simpler(cmd)...), func(s model.Command) bool {
		switch s := s.(type) {
		case model.Raw:
			_, legal := wire.Spells(s.Bytes)
			return legal || s.Lines() || s.Waits()
		case model.Append:
			return message.Find(s.Message) == nil && !isMessage(s.Message)
		}
		return false
	})
}

// simplerRaw leaves out words, and shortens a literal together with its count,
// which taking octets away one by one cannot do.
func simplerRaw(text string) []model.Command {
	var list []model.Command
	add := func(s string) {
		if len(s) < len(text) {
			list = append(list, model.Raw{Bytes: s})
		}
	}
	line, rest, literal := strings.Cut(text, "\r\n")
	if literal {
		if chunks := wire.Chunks([]byte(text + "\r\n")); len(chunks) > 1 {
			last := strings.TrimSuffix(string(chunks[len(chunks)-1]), "\r\n")
			head := strings.TrimSuffix(text, last)
			if i := strings.LastIndexByte(head, '{'); i >= 0 {
				n := 0
				for _, c := range head[i+1:] {
					if c < '0' || c > '9' {
						break
					}
					n = n*10 + int(c-'0')
				}
				if n <= len(last) {
					add(head[:i] + "{1}\r\na" + last[n:])
				}
			}
		}
		rest = "\r\n" + rest
	}
	words := strings.Split(line, " ")
	const most = 12 // words: their pairs are tried
	for from := 1; from < len(words)-1 && len(words) <= most; from++ {
		for to := len(words) - 1; to > from; to-- {
			add(strings.Join(slices.Delete(slices.Clone(words), from, to), " ") + rest)
		}
	}
	return list
}

// isMessage reports whether s is a header, with a body or without: a server
// need not take anything else (RFC 3501 section 6.3.11).
func isMessage(s string) bool {
	header, _, _ := strings.Cut(s, "\r\n\r\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(header, "\r\n"), "\r\n") {
		if i := strings.IndexAny(line, ": \t"); i < 0 || i == 0 && line[0] == ':' {
			return false
		}
	}
	return strings.HasSuffix(s, "\r\n") || strings.Contains(s, "\r\n\r\n")
}
