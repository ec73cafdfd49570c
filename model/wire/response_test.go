package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

const (
	envelopeOctets = `("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes" ` +
		`(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ` +
		`(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ` +
		`((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL ` +
		`"<B27397-0100000@cac.washington.edu>")`
	textBody    = `("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92)`
	basicBody   = `("IMAGE" "gif" ("NAME" "x \"y\".gif" "A" "b") "<id>" "a gif" "BASE64" 4554)`
	messageBody = `("MESSAGE" "RFC822" NIL NIL NIL "8bit" 5000 ` + envelopeOctets + ` ` + textBody + ` 99)`
	mixedBody   = `(` + textBody + basicBody + messageBody + ` "MIXED")`
	fullBody    = `(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1 NIL ("inline" NIL) "en" "loc")` +
		`("APPLICATION" "X" NIL NIL NIL "7BIT" 1 "md5" NIL ("en" "nl") NIL 7 ("a" (NIL 1)) NIL)` +
		` "MIXED" ("BOUNDARY" "b") ("attachment" ("FILENAME" "f")) NIL NIL)`
)

func respFetch(n uint32, atts ...model.Att) model.FetchData {
	return model.FetchData{N: n, Atts: atts}
}

// goodResponses are responses within the grammar, most in a form that the
// examples of RFC 3501 have.
var goodResponses = []struct {
	raw  string
	want model.Response
}{
	{"* OK IMAP4rev1 Service Ready", model.Response{Tag: "*", Status: model.OK, Text: "IMAP4rev1 Service Ready"}},
	{"* PREAUTH hello", model.Response{Tag: "*", Status: model.PREAUTH, Text: "hello"}},
	{"* BYE IMAP4rev1 Server logging out", model.Response{Tag: "*", Status: model.BYE, Text: "IMAP4rev1 Server logging out"}},
	{"* bad text ends in {5}", model.Response{Tag: "*", Status: model.BAD, Text: "text ends in {5}"}},
	{"a002 OK [READ-WRITE] SELECT completed", model.Response{Tag: "a002", Status: model.OK, Code: &model.Code{Name: "READ-WRITE"}, Text: "SELECT completed"}},
	{"]}! no  two spaces ", model.Response{Tag: "]}!", Status: model.NO, Text: " two spaces "}},
	{"A1 NO [tryCreate] x", model.Response{Tag: "A1", Status: model.NO, Code: &model.Code{Name: "TRYCREATE"}, Text: "x"}},
	{"* OK [UNSEEN 12] Message 12 is first unseen", model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "UNSEEN", Num: 12}, Text: "Message 12 is first unseen"}},
	{"* OK [UIDVALIDITY 4294967295] x", model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "UIDVALIDITY", Num: 4294967295}, Text: "x"}},
	{`* OK [PERMANENTFLAGS (\Deleted \Seen \*)] Limited`, model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "PERMANENTFLAGS", List: []string{`\Deleted`, `\Seen`, `\*`}}, Text: "Limited"}},
	{"* OK [PERMANENTFLAGS ()] None", model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "PERMANENTFLAGS"}, Text: "None"}},
	{"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "CAPABILITY", List: []string{"IMAP4rev1", "AUTH=PLAIN"}}, Text: "hi"}},
	{"A1 NO [BADCHARSET] x", model.Response{Tag: "A1", Status: model.NO, Code: &model.Code{Name: "BADCHARSET"}, Text: "x"}},
	{"A1 NO [BADCHARSET (UTF-8 \"a)\" {2}\r\nb])] x", model.Response{Tag: "A1", Status: model.NO, Code: &model.Code{Name: "BADCHARSET", List: []string{"UTF-8", "a)", "b]"}}, Text: "x"}},
	{"A1 OK [COPYUID 38505 304 3956] Done", model.Response{Tag: "A1", Status: model.OK, Code: &model.Code{Name: "COPYUID", Args: "38505 304 3956"}, Text: "Done"}},
	{"A1 OK [x-new] [y", model.Response{Tag: "A1", Status: model.OK, Code: &model.Code{Name: "X-NEW"}, Text: "[y"}},
	{"+ ", model.Response{Tag: "+"}},
	{"+ YGgGCSqGSIb3EgECAgIAb1kwV6ADAgEFoQMCAQ==", model.Response{Tag: "+", Text: "YGgGCSqGSIb3EgECAgIAb1kwV6ADAgEFoQMCAQ=="}},
	{"+ [ALERT] Ready {5}", model.Response{Tag: "+", Code: &model.Code{Name: "ALERT"}, Text: "Ready {5}"}},
	{"* CAPABILITY imap4REV1 STARTTLS LOGINDISABLED", model.Response{Tag: "*", Data: model.CapabilityData{Caps: []string{"imap4REV1", "STARTTLS", "LOGINDISABLED"}}}},
	{"* 18 EXISTS", model.Response{Tag: "*", Data: model.Exists{N: 18}}},
	{"* 000 exists", model.Response{Tag: "*", Data: model.Exists{}}},
	{"* 2 RECENT", model.Response{Tag: "*", Data: model.Recent{N: 2}}},
	{"* 44 EXPUNGE", model.Response{Tag: "*", Data: model.Expunge{N: 44}}},
	{`* FLAGS (\Answered \Flagged $Junk \X)`, model.Response{Tag: "*", Data: model.FlagsData{Flags: []string{`\Answered`, `\Flagged`, "$Junk", `\X`}}}},
	{"* FLAGS ()", model.Response{Tag: "*", Data: model.FlagsData{}}},
	{`* LIST (\Noselect) "/" ""`, model.Response{Tag: "*", Data: model.ListData{Attrs: []string{`\Noselect`}, Delim: "/"}}},
	{`* LIST () "/" ~/Mail/foo`, model.Response{Tag: "*", Data: model.ListData{Delim: "/", Name: "~/Mail/foo"}}},
	{`* LSUB (\Marked \NoInferiors) nil inBOX`, model.Response{Tag: "*", Data: model.ListData{LSub: true, Attrs: []string{`\Marked`, `\NoInferiors`}, Name: "INBOX"}}},
	{`* LIST () "\\" NIL`, model.Response{Tag: "*", Data: model.ListData{Delim: `\`, Name: "NIL"}}},
	{`* LIST () "\"" "a \"b\" \\c"`, model.Response{Tag: "*", Data: model.ListData{Delim: `"`, Name: `a "b" \c`}}},
	{"* LIST () \".\" {7}\r\nfoo\xe9\r\nx", model.Response{Tag: "*", Data: model.ListData{Delim: ".", Name: "foo\xe9\r\nx"[:7]}}},
	{"* SEARCH", model.Response{Tag: "*", Data: model.SearchData{}}},
	{"* SEARCH 2 3 6", model.Response{Tag: "*", Data: model.SearchData{Nums: []uint32{2, 3, 6}}}},
	{"* STATUS blurdybloop (MESSAGES 231 uidnext 0044292)", model.Response{Tag: "*", Data: model.StatusData{Name: "blurdybloop", Items: []model.StatusItem{{Name: "MESSAGES", N: 231}, {Name: "UIDNEXT", N: 44292}}}}},
	{`* STATUS "a b" ()`, model.Response{Tag: "*", Data: model.StatusData{Name: "a b"}}},
	{`* 23 FETCH (FLAGS (\Seen \Recent) RFC822.SIZE 44827)`, model.Response{Tag: "*", Data: respFetch(23, model.Att{Name: "FLAGS", Origin: -1, Flags: []string{`\Seen`, `\Recent`}}, model.Att{Name: "RFC822.SIZE", Origin: -1, Num: 44827})}},
	{`* 1 FETCH (FLAGS ())`, model.Response{Tag: "*", Data: respFetch(1, model.Att{Name: "FLAGS", Origin: -1})}},
	{`* 12 fetch (uid 7 InternalDate "17-Jul-1996 02:44:25 -0700")`, model.Response{Tag: "*", Data: respFetch(12, model.Att{Name: "UID", Origin: -1, Num: 7}, model.Att{Name: "INTERNALDATE", Origin: -1, Text: "17-Jul-1996 02:44:25 -0700"})}},
	{`* 12 FETCH (INTERNALDATE " 7-jul-1996 02:44:25 +0000")`, model.Response{Tag: "*", Data: respFetch(12, model.Att{Name: "INTERNALDATE", Origin: -1, Text: " 7-jul-1996 02:44:25 +0000"})}},
	{"* 12 FETCH (BODY[HEADER] {5}\r\na\r\n\r\n RFC822.TEXT NIL)", model.Response{Tag: "*", Data: respFetch(12, model.Att{Name: "BODY[HEADER]", Origin: -1, Text: "a\r\n\r\n"}, model.Att{Name: "RFC822.TEXT", Origin: -1, Nil: true})}},
	{`* 1 FETCH (BODY[]<0> "" rfc822.header "x" RFC822 "")`, model.Response{Tag: "*", Data: respFetch(1, model.Att{Name: "BODY[]", Text: ""}, model.Att{Name: "RFC822.HEADER", Origin: -1, Text: "x"}, model.Att{Name: "RFC822", Origin: -1})}},
	{`* 1 FETCH (body[1.2.mime]<99> nil BODY[3] "{5}" BODY[4.TEXT] "")`, model.Response{Tag: "*", Data: respFetch(1, model.Att{Name: "BODY[1.2.MIME]", Origin: 99, Nil: true}, model.Att{Name: "BODY[3]", Origin: -1, Text: "{5}"}, model.Att{Name: "BODY[4.TEXT]", Origin: -1})}},
	{`* 1 FETCH (BODY[header.fields (from To)] "")`, model.Response{Tag: "*", Data: respFetch(1, model.Att{Name: "BODY[HEADER.FIELDS (FROM TO)]", Origin: -1})}},
	{"* 1 FETCH (BODY[1.header.fields.not (\"from\" x {3}\r\na b)] \"\")", model.Response{Tag: "*", Data: respFetch(1, model.Att{Name: `BODY[1.HEADER.FIELDS.NOT (FROM X "A B")]`, Origin: -1})}},
	{"* 12 FETCH (ENVELOPE " + envelopeOctets + ")", model.Response{Tag: "*", Data: respFetch(12, model.Att{Name: "ENVELOPE", Origin: -1, Raw: envelopeOctets})}},
	{"* 12 FETCH (BODY " + textBody + ")", model.Response{Tag: "*", Data: respFetch(12, model.Att{Name: "BODY", Origin: -1, Raw: textBody})}},
	{"* 12 FETCH (BODY " + mixedBody + " UID 1)", model.Response{Tag: "*", Data: respFetch(12, model.Att{Name: "BODY", Origin: -1, Raw: mixedBody}, model.Att{Name: "UID", Origin: -1, Num: 1})}},
	{"* 12 FETCH (BODYSTRUCTURE " + fullBody + ")", model.Response{Tag: "*", Data: respFetch(12, model.Att{Name: "BODYSTRUCTURE", Origin: -1, Raw: fullBody})}},
	{`* NAMESPACE (("" "/")) NIL NIL`, model.Response{Tag: "*", Data: model.OtherData{Name: "NAMESPACE"}}},
	{"* id (\"a\" {4}\r\n\"\r\n\" \"{3}\")", model.Response{Tag: "*", Data: model.OtherData{Name: "ID"}}},
	{"* XSomething", model.Response{Tag: "*", Data: model.OtherData{Name: "XSOMETHING"}}},
	{"* XLIST (\\Inbox) \"/\" \"caf\xc3\xa9\"", model.Response{Tag: "*", Data: model.OtherData{Name: "XLIST"}}},
}

func TestParseGoodResponse(t *testing.T) {
	for _, c := range goodResponses {
		got := ParseResponse(c.raw)
		require.Nil(t, got.Syntax, "%q: %v", c.raw, got.Syntax)
		c.want.Raw = c.raw
		assert.Equal(t, c.want, got, "%q", c.raw)
	}
}

// badResponses have a § before the offending octet.
var badResponses = []struct{ raw, rule string }{
	{"§", "tag"},
	{"§(a OK x", "tag"},
	{"§\x80 OK x", "tag"},
	{"§ OK x", "tag"},
	{"a§", "response-tagged"},
	{"a§+b OK x", "response-tagged"},
	{"a1 §", "resp-cond-state"},
	{"a1 §BYE x", "resp-cond-state"},
	{"a1 §PREAUTH x", "resp-cond-state"},
	{"a1 §OKAY x", "resp-cond-state"},
	{"a1 § OK x", "resp-cond-state"},
	{"a1 §O\u212a x", "resp-cond-state"},
	{"a1 OK§", "resp-cond-state"},
	{"a1 OK §", "text"},
	{"a1 OK§\n", "CRLF"},
	{"a1 OK x§\n", "CRLF"},
	{"a1 OK x§\ry", "CRLF"},
	{"a1 OK x§\x00", "TEXT-CHAR"},
	{"a1 OK caf§\xc3\xa9", "TEXT-CHAR"},
	{"* BYE§", "resp-cond-bye"},
	{"* PREAUTH§", "resp-cond-auth"},
	{"*§", "response-data"},
	{"*§\tOK x", "response-data"},
	{"* §", "response-data"},
	{"* § OK x", "response-data"},
	{"* §FROB x", "response-data"},
	{"* §IST () NIL x", "response-data"},
	{"+§", "continue-req"},
	{"+§OK", "continue-req"},
	{"+ §\xff", "TEXT-CHAR"},
	{"* OK [ALERT§ x] y", "resp-text"},
	{"* OK [ALERT§", "resp-text"},
	{"* OK [ALERT]§", "resp-text"},
	{"* OK [ALERT]§x", "resp-text"},
	{"* OK [ALERT] §", "text"},
	{"* OK [UNSEEN §0] x", "nz-number"},
	{"* OK [UIDNEXT§] x", "resp-text-code"},
	{"* OK [UIDNEXT §] x", "nz-number"},
	{"* OK [UIDVALIDITY 429496729§6] x", "nz-number"},
	{"* OK [UIDVALIDITY §-1] x", "nz-number"},
	{`* OK [PERMANENTFLAGS (\Seen§`, "resp-text-code"},
	{`* OK [PERMANENTFLAGS (\Seen §)] x`, "flag-perm"},
	{"* OK [PERMANENTFLAGS §] x", "resp-text-code"},
	{"* OK [BADCHARSET §] x", "resp-text-code"},
	{"* OK [BADCHARSET (§)] x", "astring"},
	{"* OK [CAPABILITY STARTTLS§] x", "capability-data"},
	{"* OK [X-FOO caf§\xe9] x", "TEXT-CHAR"},
	{"* CAPABILITY§", "capability-data"},
	{"* CAPABILITY IMAP4§", "capability-data"},
	{"* CAPABILITY IMAP4rev1 §", "capability"},
	{"* CAPABILITY IMAP4rev1§(", "response-data"},
	{"* 429496729§6 EXISTS", "number"},
	{"* 3§EXISTS", "response-data"},
	{"* 3 EXISTS§ ", "response-data"},
	{"* 3 EXISTS§\n", "CRLF"},
	{"* 3 §EXIST", "response-data"},
	{"* §0 EXPUNGE", "nz-number"},
	{"* §01 FETCH (UID 1)", "nz-number"},
	{"* §-1 EXISTS", "response-data"},
	{"* FLAGS §", "flag-list"},
	{`* FLAGS (\§*)`, "flag"},
	{`* FLAGS (\Seen §)`, "flag"},
	{`* FLAGS (\Seen§`, "flag-list"},
	{`* FLAGS (§"x")`, "flag"},
	{`* LIST § "/" x`, "mailbox-list"},
	{`* LIST (§Noselect) "/" x`, "mbx-list-flags"},
	{`* LIST (\Marked §\Unmarked) "/" x`, "mbx-list-flags"},
	{`* LIST (\Marked §) "/" x`, "mbx-list-flags"},
	{`* LIST () §/ x`, "mailbox-list"},
	{`* LIST () "§" x`, "QUOTED-CHAR"},
	{`* LIST () "/§/" x`, "mailbox-list"},
	{`* LIST () "\§/" x`, "QUOTED-CHAR"},
	{`* LIST () "/" §`, "astring"},
	{`* LIST () "/" §%`, "astring"},
	{`* LIST () "/" a§ b`, "response-data"},
	{`* LIST () "/" "a\§b"`, "QUOTED-CHAR"},
	{"* LIST () \"/\" \"a§\xe9\"", "QUOTED-CHAR"},
	{"* LIST () \"/\" \"a§\n", "QUOTED-CHAR"},
	{"* LIST () \"/\" \"a§\x00\"", "QUOTED-CHAR"},
	{`* LIST () "/" "a§`, "quoted"},
	{"* LIST () \"/\" {3}\r\na§\x00b", "CHAR8"},
	{"* LIST () \"/\" {3}\r\nab§", "literal"},
	{"* LIST () \"/\" {3}§", "literal"},
	{"* LIST () \"/\" {3}§\nabc", "CRLF"},
	{"* LIST () \"/\" {3§+}\r\nabc", "literal"},
	{"* LIST () \"/\" {§}\r\n", "number"},
	{"* SEARCH §", "nz-number"},
	{"* SEARCH §0", "nz-number"},
	{"* SEARCH 1 § 2", "nz-number"},
	{"* SEARCH 1§,2", "response-data"},
	{"* STATUS x§", "mailbox-data"},
	{"* STATUS x (§FOO 1)", "status-att"},
	{"* STATUS x (MESSAGES§)", "status-att-list"},
	{"* STATUS x (MESSAGES 1 §)", "status-att"},
	{"* STATUS x (MESSAGES 1§", "mailbox-data"},
	{"* 1 FETCH§", "message-data"},
	{"* 1 FETCH (§)", "msg-att"},
	{"* 1 FETCH (UID 1 §)", "msg-att"},
	{"* 1 FETCH (UID §0)", "nz-number"},
	{"* 1 FETCH (§BODY.PEEK[] NIL)", "msg-att"},
	{`* 1 FETCH (FLAGS (\§*))`, "flag-fetch"},
	{`* 1 FETCH (FLAGS §NIL)`, "msg-att-dynamic"},
	{`* 1 FETCH (RFC822.SIZE §"1")`, "number"},
	{`* 1 FETCH (RFC822 §x)`, "nstring"},
	{`* 1 FETCH (BODY[§MIME] NIL)`, "section-msgtext"},
	{`* 1 FETCH (BODY[1.§FOO] NIL)`, "section-text"},
	{`* 1 FETCH (BODY[§0] NIL)`, "nz-number"},
	{`* 1 FETCH (BODY[1§ NIL)`, "section"},
	{`* 1 FETCH (BODY[HEADER.FIELDS (§)] NIL)`, "astring"},
	{`* 1 FETCH (BODY[HEADER.FIELDS§] NIL)`, "section-msgtext"},
	{`* 1 FETCH (BODY[]<1§.2> NIL)`, "msg-att-static"},
	{`* 1 FETCH (BODY[]§)`, "msg-att-static"},
	{`* 1 FETCH (INTERNALDATE "7§-Jul-1996 02:44:25 -0700")`, "date-day-fixed"},
	{`* 1 FETCH (INTERNALDATE "17-§Foo-1996 02:44:25 -0700")`, "date-month"},
	{`* 1 FETCH (INTERNALDATE "17-Jul-96§ 02:44:25 -0700")`, "date-year"},
	{`* 1 FETCH (INTERNALDATE "17-Jul-1996 2§:44:25 -0700")`, "time"},
	{`* 1 FETCH (INTERNALDATE "17-Jul-1996 02:44:25 §GMT")`, "zone"},
	{`* 1 FETCH (INTERNALDATE §NIL)`, "date-time"},
	{`* 1 FETCH (ENVELOPE §NIL)`, "envelope"},
	{`* 1 FETCH (ENVELOPE (NIL NIL (§) NIL NIL NIL NIL NIL NIL NIL))`, "address"},
	{`* 1 FETCH (ENVELOPE (NIL NIL ((NIL NIL NIL NIL)§ (NIL NIL NIL NIL)) NIL NIL NIL NIL NIL NIL NIL))`, "env-from"},
	{`* 1 FETCH (ENVELOPE (NIL NIL NIL §"x" NIL NIL NIL NIL NIL NIL))`, "env-sender"},
	{`* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL§))`, "envelope"},
	{`* 1 FETCH (BODY §NIL)`, "body"},
	{`* 1 FETCH (BODY (§TEXT "PLAIN" NIL NIL NIL "7BIT" 1 1))`, "media-basic"},
	{`* 1 FETCH (BODY ("TEXT" §NIL NIL NIL NIL "7BIT" 1 1))`, "media-subtype"},
	{`* 1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1§))`, "body-type-text"},
	{`* 1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL §NIL 1 1))`, "body-fld-enc"},
	{`* 1 FETCH (BODY ("TEXT" "PLAIN" (§) NIL NIL "7BIT" 1 1))`, "body-fld-param"},
	{`* 1 FETCH (BODY ("TEXT" "PLAIN" ("A"§) NIL NIL "7BIT" 1 1))`, "body-fld-param"},
	{`* 1 FETCH (BODY ("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 1§))`, "body-type-msg"},
	{`* 1 FETCH (BODY ("IMAGE" "GIF" NIL NIL NIL "7BIT" 1§ NIL))`, "body-ext-1part"},
	{`* 1 FETCH (BODY (` + textBody + `§))`, "body-type-mpart"},
	{`* 1 FETCH (BODY (` + textBody + ` §` + textBody + ` "MIXED"))`, "media-subtype"},
	{`* 1 FETCH (BODY (` + textBody + ` "MIXED"§ NIL))`, "body-ext-mpart"},
	{`* 1 FETCH (BODYSTRUCTURE (` + textBody + ` "MIXED" §"x"))`, "body-fld-param"},
	{`* 1 FETCH (BODYSTRUCTURE ("IMAGE" "GIF" NIL NIL NIL "7BIT" 1 NIL §"inline"))`, "body-fld-dsp"},
	{`* 1 FETCH (BODYSTRUCTURE ("IMAGE" "GIF" NIL NIL NIL "7BIT" 1 NIL NIL (§)))`, "body-fld-lang"},
	{`* 1 FETCH (BODYSTRUCTURE ("IMAGE" "GIF" NIL NIL NIL "7BIT" 1 NIL NIL NIL NIL (§)))`, "nstring"},
	{"* ID (\"a\" {3}\r\nab§", "literal"},
	{"* ID \"{1}§\r\nab", "CRLF"},
	{"* XFOO a§\nb", "CRLF"},
	{"* XFOO§(", "response-data"},
}

func TestParseBadResponse(t *testing.T) {
	require.GreaterOrEqual(t, len(badResponses), 60)
	for _, c := range badResponses {
		before, after, marked := strings.Cut(c.raw, "§")
		require.True(t, marked, "%q", c.raw)
		raw := before + after
		got := ParseResponse(raw)
		if assert.NotNil(t, got.Syntax, "%q", raw) {
			assert.Equal(t, c.rule, got.Syntax.Rule, "%q: %v", raw, got.Syntax)
			assert.Equal(t, len(before), got.Syntax.Offset, "%q: %v", raw, got.Syntax)
			assert.NotEmpty(t, got.Syntax.Want, "%q", raw)
			assert.Equal(t, after == "", got.Syntax.Got == "end of response", "%q: %v", raw, got.Syntax)
		}
		assert.Equal(t, raw, got.Raw)
	}
}

// Every prefix of a good response is read without a panic, and is in error no
// later than its end.
func TestParsePrefix(t *testing.T) {
	for _, c := range goodResponses {
		for n := range len(c.raw) {
			if e := ParseResponse(c.raw[:n]).Syntax; e != nil {
				assert.LessOrEqual(t, e.Offset, n, "%q", c.raw[:n])
			}
		}
	}
}

func TestParseKeepsWhatWasRead(t *testing.T) {
	r := ParseResponse("* 2 FETCH (UID 7 FLAGS (x)  )")
	require.NotNil(t, r.Syntax)
	assert.Equal(t, respFetch(2, model.Att{Name: "UID", Origin: -1, Num: 7}, model.Att{Name: "FLAGS", Origin: -1, Flags: []string{"x"}}), r.Data)
	r = ParseResponse("* CAPABILITY IMAP4")
	require.NotNil(t, r.Syntax)
	assert.Equal(t, model.CapabilityData{Caps: []string{"IMAP4"}}, r.Data)
	r = ParseResponse("A1 OK [UNSEEN 0] x")
	require.NotNil(t, r.Syntax)
	assert.Equal(t, "A1", r.Tag)
	assert.Equal(t, model.OK, r.Status)
	assert.Nil(t, r.Code)
}

func TestParseDepth(t *testing.T) {
	deep := func(n int) string {
		return `* 1 FETCH (BODYSTRUCTURE ` + strings.Repeat("(", n) + textBody + strings.Repeat(` "MIXED")`, n) + ")"
	}
	assert.Nil(t, ParseResponse(deep(96)).Syntax)
	for _, n := range []int{101, 100_000} {
		e := ParseResponse(deep(n)).Syntax
		require.NotNil(t, e)
		assert.Equal(t, "body", e.Rule)
		assert.Contains(t, e.Want, "100")
	}
}
