package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model"
)

// classString generates one octet or more of a class.
func classString(class octetClass) *rapid.Generator[string] {
	var octets []byte
	for c := range 256 {
		if octetClasses[c]&class != 0 {
			octets = append(octets, byte(c))
		}
	}
	return rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom(octets), 1, 12).Draw(t, "octets"))
	})
}

// orNil generates short slices, of which an empty one is nil.
func orNil[T any](g *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Map(rapid.SliceOfN(g, 0, 5), func(s []T) []T {
		if len(s) == 0 {
			return nil
		}
		return s
	})
}

var (
	someAtom = classString(clsAtom)
	someText = rapid.OneOf(
		rapid.SampledFrom([]string{"Done", "text ends in {5}", " "}),
		classString(clsText).Filter(func(s string) bool { return s[0] != '[' }),
	)
	someString = rapid.OneOf(
		rapid.SampledFrom([]string{"", "NIL", "nil", "a b", `"`, `\`, "{3}", "\r\n", "{3}\r\nabc", "caf\xc3\xa9", ")"}),
		classString(clsText),
		rapid.Map(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 12), func(b []byte) string { return string(b) }),
	)
	someMailbox = rapid.OneOf(rapid.Just("INBOX"), someString.Filter(func(s string) bool { return model.FoldInbox(s) == s }))
	someFlag    = rapid.OneOf(rapid.SampledFrom([]string{`\Seen`, `\Answered`, `\X-y`}), someAtom)
	someFetched = rapid.OneOf(rapid.Just(`\Recent`), someFlag)
	somePerm    = rapid.OneOf(rapid.Just(`\*`), someFlag)
	someNumber  = rapid.Uint32()
	someNz      = rapid.Uint32Min(1)
	someCaps    = rapid.Custom(func(t *rapid.T) []string {
		caps := rapid.SliceOfN(someAtom, 0, 4).Draw(t, "caps")
		return append(caps, "IMAP4rev1")
	})
)

var someCode = rapid.Custom(func(t *rapid.T) *model.Code {
	c := &model.Code{Name: rapid.SampledFrom([]string{"ALERT", "PARSE", "READ-ONLY", "READ-WRITE", "TRYCREATE",
		"BADCHARSET", "CAPABILITY", "PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "X-CODE", "X-OTHER"}).Draw(t, "name")}
	switch c.Name {
	case "BADCHARSET":
		c.List = orNil(someString).Draw(t, "charsets")
	case "CAPABILITY":
		c.List = someCaps.Draw(t, "caps")
	case "PERMANENTFLAGS":
		c.List = orNil(somePerm).Draw(t, "flags")
	case "UIDNEXT", "UIDVALIDITY", "UNSEEN":
		c.Num = someNz.Draw(t, "num")
	case "X-CODE", "X-OTHER":
		c.Args = rapid.OneOf(rapid.Just(""), classString(clsCodeArg)).Draw(t, "args")
	}
	return c
})

// someHeaderList is a header-list as model.Att has it.
var someHeaderList = rapid.Custom(func(t *rapid.T) string {
	b := respBuf{'('}
	for i, n := range rapid.SliceOfN(someString, 1, 3).Draw(t, "names") {
		b.gap(i)
		b.astring(upper7(n))
	}
	return string(append(b, ')'))
})

var someSection = rapid.Custom(func(t *rapid.T) string {
	part := rapid.SampledFrom([]string{"", "1", "2.13"}).Draw(t, "part")
	text := rapid.SampledFrom([]string{"", "HEADER", "TEXT", "MIME", "HEADER.FIELDS ", "HEADER.FIELDS.NOT "}).Draw(t, "text")
	if part == "" && text == "MIME" {
		text = ""
	}
	if strings.HasSuffix(text, " ") {
		text += someHeaderList.Draw(t, "fields")
	}
	if part != "" && text != "" {
		part += "."
	}
	return "BODY[" + part + text + "]"
})

var someAtt = rapid.Custom(func(t *rapid.T) model.Att {
	a := model.Att{Origin: -1}
	a.Name = rapid.SampledFrom([]string{"FLAGS", "UID", "RFC822.SIZE", "INTERNALDATE", "RFC822", "RFC822.HEADER",
		"RFC822.TEXT", "ENVELOPE", "BODY", "BODYSTRUCTURE", "["}).Draw(t, "name")
	switch a.Name {
	case "FLAGS":
		a.Flags = orNil(someFetched).Draw(t, "flags")
	case "UID":
		a.Num = someNz.Draw(t, "uid")
	case "RFC822.SIZE":
		a.Num = someNumber.Draw(t, "size")
	case "INTERNALDATE":
		a.Text = rapid.SampledFrom([]string{"17-Jul-1996 02:44:25 -0700", " 1-feb-2000 00:00:00 +0000"}).Draw(t, "date")
	case "ENVELOPE":
		a.Raw = envelopeOctets
	case "BODY":
		a.Raw = rapid.SampledFrom([]string{textBody, basicBody, messageBody, mixedBody}).Draw(t, "body")
	case "BODYSTRUCTURE":
		a.Raw = rapid.SampledFrom([]string{textBody, mixedBody, fullBody}).Draw(t, "body")
	case "[":
		a.Name = someSection.Draw(t, "section")
		a.Origin = rapid.Int64Range(-1, 1<<32-1).Draw(t, "origin")
		fallthrough
	default:
		if a.Nil = rapid.Bool().Draw(t, "nil"); !a.Nil {
			a.Text = someString.Draw(t, "text")
		}
	}
	return a
})

var someData = rapid.Custom(func(t *rapid.T) model.Data {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return model.Exists{N: someNumber.Draw(t, "n")}
	case 1:
		return model.Recent{N: someNumber.Draw(t, "n")}
	case 2:
		return model.Expunge{N: someNz.Draw(t, "n")}
	case 3:
		return model.FlagsData{Flags: orNil(someFlag).Draw(t, "flags")}
	case 4:
		d := model.ListData{LSub: rapid.Bool().Draw(t, "lsub"), Name: someMailbox.Draw(t, "name")}
		d.Delim = rapid.SampledFrom([]string{"", "/", ".", `\`, `"`, " "}).Draw(t, "delim")
		d.Attrs = orNil(rapid.SampledFrom([]string{`\Noinferiors`, `\HasChildren`})).Draw(t, "attrs")
		return d
	case 5:
		return model.SearchData{Nums: orNil(someNz).Draw(t, "nums")}
	case 6:
		item := rapid.Custom(func(t *rapid.T) model.StatusItem {
			name := rapid.SampledFrom([]string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"}).Draw(t, "name")
			return model.StatusItem{Name: name, N: someNumber.Draw(t, "n")}
		})
		return model.StatusData{Name: someMailbox.Draw(t, "name"), Items: orNil(item).Draw(t, "items")}
	case 7:
		return model.CapabilityData{Caps: someCaps.Draw(t, "caps")}
	case 8:
		return model.OtherData{Name: rapid.SampledFrom([]string{"X1", "ID", "ESEARCH"}).Draw(t, "name")}
	}
	return model.FetchData{N: someNz.Draw(t, "n"), Atts: rapid.SliceOfN(someAtt, 1, 4).Draw(t, "atts")}
})

var someResponse = rapid.Custom(func(t *rapid.T) model.Response {
	r := model.Response{Tag: "*"}
	statuses := []model.Status{model.OK, model.NO, model.BAD, model.PREAUTH, model.BYE}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		r.Data = someData.Draw(t, "data")
		return r
	case 1:
		r.Tag = classString(clsTag).Draw(t, "tag")
		statuses = statuses[:3]
		fallthrough
	case 2:
		r.Status = rapid.SampledFrom(statuses).Draw(t, "status")
	case 3:
		r.Tag = "+"
		if rapid.Bool().Draw(t, "empty") {
			return r
		}
	}
	r.Text = someText.Draw(t, "text")
	if rapid.Bool().Draw(t, "coded") {
		r.Code = someCode.Draw(t, "code")
	}
	return r
})

// What AppendResponse writes, ParseResponse reads; and so does a Reader, with
// another response right behind.
func TestResponseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := someResponse.Draw(t, "response")
		raw := AppendResponse(nil, r)
		r.Raw = string(raw)
		require.Equal(t, r, ParseResponse(r.Raw))

		if r.Tag == "+" && r.Code != nil && r.Code.Name == "BADCHARSET" {
			return // a continuation request has no literals to the framing
		}
		rd := NewReader(strings.NewReader(r.Raw+"\r\n* OK next\r\n"), Limits{})
		got, err := rd.Next()
		require.NoError(t, err)
		require.Equal(t, r, got)
		next, err := rd.Next()
		require.NoError(t, err)
		require.Equal(t, "* OK next", next.Raw)
	})
}

// Good responses keep their fields through AppendResponse, and its form is a
// fixed point.
func TestAppendResponseIsCanonical(t *testing.T) {
	for _, c := range goodResponses {
		first := AppendResponse([]byte("x"), c.want)
		require.Equal(t, "x", string(first[:1]))
		again := ParseResponse(string(first[1:]))
		require.Nil(t, again.Syntax, "%q: %v", first, again.Syntax)
		assert.Equal(t, string(first), string(AppendResponse([]byte("x"), again)))
		again.Raw = ""
		assert.Equal(t, c.want, again, "%q", first)
	}
}
