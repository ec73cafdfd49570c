package fault

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/imapcheck/imapcheck/model"
)

var grammar = []*Fault{
	{
		Name: "quote-bare", Layer: Grammar, Clause: "9 quoted", Least: 4,
		Text: "ENVELOPE has quotes and backslashes in quoted strings without a backslash before them.",
		Tell: onAtts("ENVELOPE", func(a *model.Att) {
			a.Raw = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(a.Raw)
		}),
	},
	{
		Name: "space-missing", Layer: Grammar, Clause: "9 msg-att", Least: 3,
		Text:  "There is no space between FLAGS and what follows it in a FETCH response.",
		Spell: inFetch(regexp.MustCompile(`(FLAGS \([^)]*\)) `), "$1"),
	},
	{
		Name: "literal-in-characters", Layer: Grammar, Clause: "9 literal", Least: 4,
		Text:  "The count of a literal is that of its characters in UTF-8.",
		Spell: inLiteral(func(s string) int { return utf8.RuneCountInString(s) }),
	},
	{
		Name: "literal-without-cr", Layer: Grammar, Clause: "9 literal", Least: 3,
		Text: "The count of a literal of many lines is one octet a line too small.",
		Spell: inLiteral(func(s string) int {
			if n := strings.Count(s, "\r\n"); n > 4 {
				return len(s) - n
			}
			return len(s)
		}),
	},
	{
		Name: "literal-plus", Layer: Grammar, Clause: "9 literal", Least: 3,
		Text:  "The server says {n+} when a literal is larger than a hundred octets.",
		Spell: inFetch(regexp.MustCompile(`\{(\d{3,})\}\r\n`), "{$1+}\r\n"),
	},
	{
		Name: "quoted-lines", Layer: Grammar, Clause: "9 quoted", Least: 3,
		Text: "Header fields that are asked for by name come as a quoted string.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.FetchData); is {
				for _, a := range d.Atts {
					if strings.HasPrefix(a.Name, "BODY[HEADER.FIELDS (") {
						return strings.Replace(octets, fmt.Sprintf("{%d}\r\n%s", len(a.Text), a.Text), `"`+a.Text+`"`, 1)
					}
				}
			}
			return octets
		},
	},
	{
		Name: "no-flags-nil", Layer: Grammar, Clause: "9 msg-att-dynamic", Least: 4,
		Text:  "FLAGS of a message without flags is NIL.",
		Spell: inFetch(regexp.MustCompile(`FLAGS \(\)`), "FLAGS NIL"),
	},
	{
		Name: "flags-bare", Layer: Grammar, Clause: "9 msg-att-dynamic", Least: 3,
		Text:  "FLAGS of a message with three flags or more has no parentheses.",
		Spell: inFetch(regexp.MustCompile(`FLAGS \((\S+ \S+ [^)]+)\)`), "FLAGS $1"),
	},
	{
		Name: "search-space-behind", Layer: Grammar, Clause: "9 mailbox-data", Least: 3,
		Text: "SEARCH that finds nothing is answered with a space behind the word.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.SearchData); is && len(d.Nums) == 0 {
				return octets + " "
			}
			return octets
		},
	},
	{
		Name: "search-two-spaces", Layer: Grammar, Clause: "9 mailbox-data", Least: 3,
		Text: "There are two spaces before the third number of a SEARCH response.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if _, is := r.Data.(model.SearchData); is {
				return thirdNumber.ReplaceAllString(octets, "$1  ")
			}
			return octets
		},
	},
	{
		Name: "text-missing", Layer: Grammar, Clause: "9 resp-text", Level: model.SHOULD, Least: 3,
		Text: "The OK of UID EXPUNGE has no text.",
		Tell: func(c *Call) {
			if c.Name() == "UID EXPUNGE" && c.OK() {
				c.Tagged().Text = ""
			}
		},
	},
	{
		Name: "bare-lf", Layer: Grammar, Clause: "2.2", Least: 3,
		Text: "An EXPUNGE response of a message that is not the first ends in LF.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.Expunge); is && d.N > 1 {
				return octets + "\n"
			}
			return octets
		},
	},
	{
		Name: "day-unpadded", Layer: Grammar, Clause: "9 date-day-fixed", Least: 3,
		Text:  "INTERNALDATE of one of the first nine days of a month has one digit and no space.",
		Spell: inFetch(regexp.MustCompile(`INTERNALDATE " `), `INTERNALDATE "`),
	},
	{
		Name: "zone-named", Layer: Grammar, Clause: "9 zone", Least: 3,
		Text:  "INTERNALDATE of a time in UTC has the zone GMT.",
		Spell: inFetch(regexp.MustCompile(`(INTERNALDATE "[^"]*) \+0000"`), `$1 GMT"`),
	},
	{
		Name: "status-negative", Layer: Grammar, Clause: "9 number", Least: 2,
		Text: "STATUS of a mailbox without messages says UNSEEN -1.",
		Spell: func(c *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.StatusData); is && c.Account.Boxes[d.Name] != nil && len(c.Account.Boxes[d.Name].Mail) == 0 {
				return strings.Replace(octets, "UNSEEN 0", "UNSEEN -1", 1)
			}
			return octets
		},
	},
	{
		Name: "status-commas", Layer: Grammar, Clause: "9 status-att-list", Least: 2,
		Text: "STATUS of three items or more has commas between them.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.StatusData); is && len(d.Items) > 2 {
				return itemEnd.ReplaceAllString(octets, "$1, ")
			}
			return octets
		},
	},
	{
		Name: "unseen-zero", Layer: Grammar, Clause: "9 nz-number", Least: 3,
		Text: "SELECT of messages that are all seen says UNSEEN 0.",
		Tell: func(c *Call) {
			if !c.Is("SELECT", "EXAMINE") || !c.OK() || len(c.Session().Told) == 0 {
				return
			}
			for _, r := range c.Reply.Responses {
				if r.Code != nil && r.Code.Name == "UNSEEN" {
					return
				}
			}
			c.Put(model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "UNSEEN"}, Text: "Is the first."})
		},
	},
	{
		Name: "permanentflags-bare", Layer: Grammar, Clause: "9 resp-text-code", Least: 2,
		Text: "EXAMINE says PERMANENTFLAGS without parentheses: there are none.",
		Spell: func(c *Call, r *model.Response, octets string) string {
			if c.Is("EXAMINE") && r.Code != nil && r.Code.Name == "PERMANENTFLAGS" {
				return strings.Replace(octets, " ()]", "]", 1)
			}
			return octets
		},
	},
	{
		Name: "flags-space-behind", Layer: Grammar, Clause: "9 flag-list", Least: 3,
		Text: "FLAGS ends in a space before the parenthesis if there is a keyword.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.FlagsData); is && len(d.Flags) > 5 {
				return strings.TrimSuffix(octets, ")") + " )"
			}
			return octets
		},
	},
	{
		Name: "delimiter-long", Layer: Grammar, Clause: "9 mailbox-list", Least: 2,
		Text: "LIST with an empty pattern tells a delimiter of two characters.",
		Tell: func(c *Call) {
			for i := range c.Reply.Responses {
				if d, is := c.Reply.Responses[i].Data.(model.ListData); is && d.Name == "" {
					d.Delim += d.Delim
					c.Reply.Responses[i].Data = d
				}
			}
		},
	},
	{
		Name: "name-bare", Layer: Grammar, Clause: "9 mailbox", Least: 3,
		Text: "A name with a space has no quotes in LIST responses.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.ListData); is && strings.Contains(d.Name, " ") {
				return strings.Replace(octets, `"`+d.Name+`"`, d.Name, 1)
			}
			return octets
		},
	},
	{
		Name: "lsub-flags-nil", Layer: Grammar, Clause: "9 mailbox-list", Least: 3,
		Text: "LSUB responses say NIL in the place of no attributes.",
		Spell: func(_ *Call, r *model.Response, octets string) string {
			if d, is := r.Data.(model.ListData); is && d.LSub {
				return strings.Replace(octets, "()", "NIL", 1)
			}
			return octets
		},
	},
	{
		Name: "envelope-short", Layer: Grammar, Clause: "9 envelope", Least: 3,
		Text: "ENVELOPE of a message without Message-ID has nine fields.",
		Tell: onAtts("ENVELOPE", func(a *model.Att) {
			if short, is := strings.CutSuffix(a.Raw, " NIL)"); is {
				a.Raw = short + ")"
			}
		}),
	},
	{
		Name: "text-lines-missing", Layer: Grammar, Clause: "9 body-type-text", Least: 3,
		Text: "BODYSTRUCTURE of a text has no number of lines.",
		Tell: onAtts("BODYSTRUCTURE", func(a *model.Att) { a.Raw = textLines.ReplaceAllString(a.Raw, "$1$2") }),
	},
	{
		Name: "part-without-parameters", Layer: Grammar, Clause: "9 body-fld-param", Least: 4,
		Text: "A part of a multipart has an empty list in the place of NIL in BODY.",
		Tell: onAtts("BODY", func(a *model.Att) {
			if strings.HasPrefix(a.Raw, "((") {
				a.Raw = noParameters.ReplaceAllString(a.Raw, "$1 ()")
			}
		}),
	},
	{
		Name: "addresses-spaced", Layer: Grammar, Clause: "9 env-to", Least: 4,
		Text: "There is a space between the addresses of an ENVELOPE.",
		Tell: onAtts("ENVELOPE", func(a *model.Att) { a.Raw = strings.ReplaceAll(a.Raw, ")(", ") (") }),
	},
	{
		Name: "uidnext-zero", Layer: Grammar, Clause: "9 nz-number", Least: 2,
		Text: "SELECT of a mailbox that never had a message says UIDNEXT 0.",
		Tell: func(c *Call) {
			for i := range c.Reply.Responses {
				if code := c.Reply.Responses[i].Code; code != nil && code.Name == "UIDNEXT" && code.Num == 1 {
					c.Reply.Responses[i].Code = &model.Code{Name: "UIDNEXT"}
				}
			}
		},
	},
	{
		Name: "fields-bare", Layer: Grammar, Clause: "9 section-msgtext", Least: 3,
		Text:  "The names of header fields come back without parentheses.",
		Spell: inFetch(regexp.MustCompile(`(HEADER\.FIELDS(?:\.NOT)?) \(([^)]*)\)`), "$1 $2"),
	},
	{
		Name: "origin-space", Layer: Grammar, Clause: "9 msg-att-static", Least: 3,
		Text:  "There is a space before the origin octet of a part of a section.",
		Spell: inFetch(regexp.MustCompile(`\]<`), "] <"),
	},
	{
		Name: "copyuid-of-nothing", Layer: Grammar, Clause: "RFC 4315 3", Least: 3,
		Text: "COPY of no message is answered with COPYUID and two empty sets.",
		Tell: func(c *Call) {
			if c.Name() == "UID COPY" && c.OK() && c.Tagged().Code == nil {
				c.Tagged().Code = &model.Code{Name: "COPYUID", Args: "1  "}
			}
		},
	},
}

var (
	thirdNumber  = regexp.MustCompile(`(SEARCH \d+ \d+) `)
	itemEnd      = regexp.MustCompile(`(\d) `)
	textLines    = regexp.MustCompile(`(?i)(\("text" (?:"[^"]*"|NIL|\([^)]*\)| )* \d+) \d+(\)| )`)
	noParameters = regexp.MustCompile(`(\("[^"]+" "[^"]+") NIL`)
)

// inFetch spells what matches otherwise, outside of what strings of FETCH responses say.
func inFetch(is *regexp.Regexp, other string) func(*Call, *model.Response, string) string {
	return func(_ *Call, r *model.Response, octets string) string {
		d, fetch := r.Data.(model.FetchData)
		if !fetch {
			return octets
		}
		texts := []string{}
		for _, a := range d.Atts {
			if text := fmt.Sprintf("}\r\n%s", a.Text); len(a.Text) > 0 && strings.Contains(octets, text) {
				at := strings.Index(octets, text) + len("}\r\n")
				octets = octets[:at] + "\x00" + octets[at+len(a.Text):]
				texts = append(texts, a.Text)
			}
		}
		octets = is.ReplaceAllString(octets, other)
		for _, text := range texts {
			octets = strings.Replace(octets, "\x00", text, 1)
		}
		return octets
	}
}

// inLiteral spells the literals of FETCH responses with another count.
func inLiteral(count func(text string) int) func(*Call, *model.Response, string) string {
	return func(_ *Call, r *model.Response, octets string) string {
		if d, is := r.Data.(model.FetchData); is {
			for _, a := range d.Atts {
				octets = strings.Replace(octets, fmt.Sprintf("{%d}\r\n%s", len(a.Text), a.Text),
					fmt.Sprintf("{%d}\r\n%s", count(a.Text), a.Text), 1)
			}
		}
		return octets
	}
}

// onAtts changes the data items of that name.
func onAtts(name string, change func(*model.Att)) func(*Call) {
	return func(c *Call) {
		for _, r := range c.Reply.Responses {
			if d, is := r.Data.(model.FetchData); is {
				for i := range d.Atts {
					if d.Atts[i].Name == name {
						change(&d.Atts[i])
					}
				}
			}
		}
	}
}
