package fuzz

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
	"github.com/imapcheck/imapcheck/model/wire"
)

// orAlike are the simpler commands, and then those that are alike.
func orAlike(cmd model.Command) []model.Command { return append(simpler(cmd), alike(cmd)...) }

// simpler are the proposals of [model.Simpler], those that keep malformed input
// malformed and messages messages, and some more: LOGIN in the place of
// AUTHENTICATE, CREATE in that of RENAME, SELECT in that of EXAMINE, plain data items in
// that of others, and what shortens malformed input.
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
	case model.Mailbox:
		if c.Verb == "EXAMINE" {
			list = []model.Command{model.Mailbox{Verb: "SELECT", Box: c.Box}}
		}
	case model.Fetch:
		list = plainItems(c)
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

// plainItems has the plainest data items in the place of others: of two items (a macro
// stands for several) the plainest two, and in the place of one of them each of those.
func plainItems(c model.Fetch) (list []model.Command) {
	plain := []string{"FLAGS", "UID", "BODY[]"}
	of := func(items ...string) {
		p := c
		p.Items, p.Paren = items, len(items) > 1
		if model.Weight(p) < model.Weight(c) {
			list = append(list, p)
		}
	}
	if len(c.Items) > 1 || !strings.Contains(c.Items[0], "[") {
		of(plain[:2]...)
	}
	for i := range c.Items {
		for _, item := range plain {
			if !slices.Contains(c.Items, item) {
				items := slices.Clone(c.Items)
				items[i] = item
				of(items...)
			}
		}
	}
	return list
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
	add("(")
	for i := len(text) - 1; i > 0; i-- { // what is legal, with a space too much
		if legal := strings.TrimRight(text[:i], " "); text[i] == ' ' && i+1 < len(text) {
			if _, ok := wire.Spells(legal); ok {
				add(legal + " ")
				break
			}
		}
	}
	for _, m := range literals.FindAllStringSubmatchIndex(text, -1) {
		n, err := strconv.Atoi(text[m[2]:m[3]])
		if err != nil || m[1]+n > len(text) {
			continue
		}
		before, octets, behind := text[:m[0]], text[m[1]:m[1]+n], text[m[1]+n:]
		add(before + "a" + behind)
		add(strings.TrimRight(before, " ") + behind)
		add(octets[strings.LastIndexByte(octets, '\n')+1:] + behind)
		add(before + "{1" + text[m[3]:m[1]] + "a" + behind)
		add("{1" + text[m[3]:m[1]] + "a" + behind)
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

// literals are the beginnings of literals, of either kind.
var literals = regexp.MustCompile(`\{(\d+)\+?\}\r\n`)

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
