package wire

import (
	"fmt"
	"math"
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
	someLong    = rapid.Uint64Max(math.MaxInt64)
	someUIDs    = rapid.Map(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) model.Range {
		r := model.Range{From: model.Num{N: someNz.Draw(t, "from")}, Single: rapid.Bool().Draw(t, "single")}
		if !r.Single {
			r.To.N = someNz.Draw(t, "to")
		}
		return r
	}), 1, 3), func(r []model.Range) model.Set { return r })
	someCaps = rapid.Custom(func(t *rapid.T) []string {
		caps := rapid.SliceOfN(someAtom, 0, 4).Draw(t, "caps")
		return append(caps, "IMAP4rev1")
	})
)

var someCode = rapid.Custom(func(t *rapid.T) *model.Code {
	c := &model.Code{Name: rapid.SampledFrom([]string{"ALERT", "PARSE", "READ-ONLY", "READ-WRITE", "TRYCREATE",
		"BADCHARSET", "CAPABILITY", "PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "X-CODE", "X-OTHER",
		"APPENDUID", "COPYUID", "MODIFIED", "HIGHESTMODSEQ", "MAILBOXID"}).Draw(t, "name")}
	switch c.Name {
	case "BADCHARSET":
		c.List = orNil(someString).Draw(t, "charsets")
	case "CAPABILITY":
		c.List = someCaps.Draw(t, "caps")
	case "PERMANENTFLAGS":
		c.List = orNil(somePerm).Draw(t, "flags")
	case "UIDNEXT", "UIDVALIDITY", "UNSEEN":
		c.Num = someNz.Draw(t, "num")
	case "APPENDUID", "COPYUID":
		c.Num = someNz.Draw(t, "validity")
		c.Args = fmt.Sprint(c.Num)
		for range map[string]int{"APPENDUID": 1, "COPYUID": 2}[c.Name] {
			set := someUIDs.Draw(t, "set")
			c.Sets, c.Args = append(c.Sets, set), c.Args+" "+set.String()
		}
	case "MODIFIED":
		c.Sets = []model.Set{someUIDs.Draw(t, "set")}
		c.Args = c.Sets[0].String()
	case "HIGHESTMODSEQ":
		c.Args = fmt.Sprint(someLong.Filter(func(n uint64) bool { return n > 0 }).Draw(t, "modseq"))
	case "MAILBOXID":
		c.Args = "(" + classString(clsObjectID).Draw(t, "id") + ")"
	case "X-CODE", "X-OTHER":
		c.Args = rapid.OneOf(rapid.Just(""), classString(clsCodeArg)).Draw(t, "args")
	}
	return c
})

// someHeaderList is a header-list as model.Att has it.
var someHeaderList = rapid.Custom(func(t *rapid.T) string {
	return headerNames(rapid.SliceOfN(someString, 1, 3).Draw(t, "names"))
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
		"RFC822.TEXT", "ENVELOPE", "BODY", "BODYSTRUCTURE", "[", "MODSEQ", "BINARY[1.2]", "BINARY.SIZE[]"}).Draw(t, "name")
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
	case "MODSEQ":
		a.Raw = rapid.SampledFrom([]string{"(1)", "(9223372036854775807)"}).Draw(t, "modseq")
	case "BINARY.SIZE[]":
		a.Num = someNumber.Draw(t, "size")
	case "BINARY[1.2]":
		a.Origin = rapid.Int64Range(-1, 1<<32-1).Draw(t, "origin")
		a.Text = rapid.OneOf(rapid.Just("a\x00{3}\r\n"), someString).Draw(t, "text")
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

var someStatusItem = rapid.Custom(func(t *rapid.T) model.StatusItem {
	it := model.StatusItem{Name: rapid.SampledFrom([]string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN",
		"DELETED", "SIZE", "HIGHESTMODSEQ", "APPENDLIMIT", "MAILBOXID"}).Draw(t, "name")}
	switch it.Name {
	case "SIZE", "HIGHESTMODSEQ":
		it.Long = someLong.Draw(t, "n")
	case "MAILBOXID":
		it.ID = classString(clsObjectID).Draw(t, "id")
	case "APPENDLIMIT":
		if it.Nil = rapid.Bool().Draw(t, "nil"); it.Nil {
			break
		}
		fallthrough
	default:
		it.N = someNumber.Draw(t, "n")
	}
	return it
})

var someNamespace = rapid.Custom(func(t *rapid.T) model.Namespace {
	return model.Namespace{
		Prefix:    someString.Draw(t, "prefix"),
		Delim:     rapid.SampledFrom([]string{"", "/", `\`, `"`}).Draw(t, "delim"),
		Extension: rapid.SampledFrom([]string{"", `"X-PARAM" ("a" "b")`, "\"\" ({1}\r\n)) \"x\" (\"y\")"}).Draw(t, "extension"),
	}
})

var someExtension = rapid.Custom(func(t *rapid.T) model.Data {
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		list := orNil(someNamespace)
		return model.NamespaceData{Personal: list.Draw(t, "personal"), Other: list.Draw(t, "other"), Shared: list.Draw(t, "shared")}
	case 1:
		return model.EnabledData{Caps: orNil(someAtom).Draw(t, "caps")}
	case 2:
		return model.VanishedData{Earlier: rapid.Bool().Draw(t, "earlier"), Set: someUIDs.Draw(t, "set")}
	}
	d := model.ESearchData{Tag: someString.Draw(t, "tag"), UID: rapid.Bool().Draw(t, "uid"), Min: someNumber.Draw(t, "min"),
		Max: someNumber.Draw(t, "max"), HasCount: rapid.Bool().Draw(t, "counted"), ModSeq: someLong.Draw(t, "modseq")}
	if d.HasCount {
		d.Count = someNumber.Draw(t, "count")
	}
	if rapid.Bool().Draw(t, "all") {
		d.All = someUIDs.Draw(t, "set")
	}
	d.Other = orNil(rapid.SampledFrom([]model.TaggedItem{{Label: "PARTIAL", Raw: "(1:100 NIL)"}, {Label: "X-Y", Raw: "7"}, {Label: "E", Raw: "()"}})).Draw(t, "other")
	return d
})

var someData = rapid.Custom(func(t *rapid.T) model.Data {
	switch rapid.IntRange(0, 10).Draw(t, "kind") {
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
		d.Extended = rapid.SampledFrom([]string{"", "()", `("CHILDINFO" ("SUBSCRIBED"))`, "(OLDNAME (a) x 1 y (b (\"c\" d)))"}).Draw(t, "extended")
		return d
	case 5:
		d := model.SearchData{Nums: orNil(someNz).Draw(t, "nums")}
		if d.Nums != nil {
			d.ModSeq = someLong.Draw(t, "modseq")
		}
		return d
	case 6:
		return model.StatusData{Name: someMailbox.Draw(t, "name"), Items: orNil(someStatusItem).Draw(t, "items")}
	case 7:
		return model.CapabilityData{Caps: someCaps.Draw(t, "caps")}
	case 8:
		return rapid.SampledFrom([]model.Data{model.OtherData{Name: "X1"}, model.OtherData{Name: "X1", Raw: `a "(`},
			model.OtherData{Name: "ID", Raw: "(\"a\" {1}\r\n\")"}, model.OtherData{Name: "SORT", Raw: "2 1"}}).Draw(t, "other")
	case 9:
		return someExtension.Draw(t, "extension")
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
