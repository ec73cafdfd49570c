package fuzz

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
	"github.com/imapcheck/imapcheck/model/wire"
)

// orAlike are the simpler commands, and then those that are alike.
func orAlike(cmd model.Command) []model.Command {
	return slices.Concat(atBoundary(cmd), simpler(cmd), alike(cmd))
}

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
		word, _, more := strings.Cut(c.Bytes, " ")
		legal := strings.TrimRight(c.Bytes, " ")
		if _, ok := wire.Spells(legal); ok && more { // its spaces are what is wrong: see alike
			return malformedOnly(model.Raw{Bytes: "("}, model.Raw{Bytes: word}, model.Raw{Bytes: word + " "}, model.Raw{Bytes: legal + " "})
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
	case model.Append:
		for _, line := range slices.Concat(oddLines(c.Message), singleLines(c.Message)) {
			p := c
			p.Message = line
			list = append(list, p)
		}
	}
	list = slices.DeleteFunc(malformedOnly(append(list, model.Simpler(cmd)...)...), func(s model.Command) bool {
		c, ok := s.(model.Append)
		return ok && message.Find(c.Message) == nil && !isMessage(c.Message)
	})
	if c, ok := cmd.(model.Append); ok { // other messages, of which there are many, at last
		other := func(s model.Command) int {
			switch p, ok := s.(model.Append); {
			case !ok || p.Message == c.Message:
				return 0
			case len(p.Message) <= len(plainMessage):
				return 1
			}
			return 2
		}
		slices.SortStableFunc(list, func(a, b model.Command) int { return other(a) - other(b) })
	}
	return list
}

// malformedOnly are commands without the raw ones that are legal, or more than one.
func malformedOnly(list ...model.Command) []model.Command {
	return slices.DeleteFunc(list, func(s model.Command) bool {
		raw, ok := s.(model.Raw)
		if !ok {
			return false
		}
		_, legal := wire.Spells(raw.Bytes)
		return legal || raw.Lines() || raw.Waits()
	})
}

// oddLines are shorter messages of one line, the shortest that has all octets of those that
// are seldom seen which the one line of a message has, and the shortest that has each.
func oddLines(m string) (list []string) {
	if strings.Count(m, "\r\n") != 1 {
		return nil
	}
	var odd []string
	for _, octet := range []string{`"`, `\`, "%", "{", "=", "&", ","} {
		if strings.Contains(m, octet) {
			odd = append(odd, octet)
		}
	}
	first := func(octets ...string) {
		for _, line := range headerLines() {
			lacks := func(o string) bool { return !strings.Contains(line, o) }
			if len(line) < len(m) && !slices.ContainsFunc(octets, lacks) {
				list = append(list, line)
				return
			}
		}
	}
	if len(odd) > 0 {
		first(odd...)
	}
	for _, octet := range odd {
		first(octet)
	}
	return list
}

// lineTrees is of how many random messages the lines are looked at.
const lineTrees = 200

// headerLines are lines that the headers of made messages begin with or have, the shortest
// first.
var headerLines = sync.OnceValue(func() (list []string) {
	for n := range message.Count() + lineTrees {
		header, _, _ := strings.Cut(message.New(uint64(n)).Octets(), "\r\n\r\n")
		for line := range strings.SplitSeq(header, "\r\n") {
			if line += "\r\n"; isMessage(line) {
				list = append(list, line)
			}
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return slices.Compact(list)
})

// plainMessage is what every message gives way to if its content does not matter.
const plainMessage = "Subject: a\r\n"

// singleLines are the lines of the header of a message, each as a message, the shortest
// first, that are longer than the plain one.
func singleLines(m string) (list []string) {
	header, _, _ := strings.Cut(m, "\r\n\r\n")
	lines := strings.Split(strings.TrimSuffix(header, "\r\n"), "\r\n")
	for _, line := range lines {
		if line += "\r\n"; len(plainMessage) < len(line) && len(line) < len(m) && isMessage(line) {
			list = append(list, line)
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	return list
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
	if _, behind, ok := strings.Cut(text, " "); ok {
		add(behind)
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
