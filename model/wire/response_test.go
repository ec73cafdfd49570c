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
	{"A1 OK [COPYUID 38505 304 3956] Done", model.Response{Tag: "A1", Status: model.OK, Code: &model.Code{Name: "COPYUID", Num: 38505, Args: "38505 304 3956", Sets: []model.Set{model.One(304), model.One(3956)}}, Text: "Done"}},
	{"A1 OK [copyuid 1 5:4,9 1:3] x", model.Response{Tag: "A1", Status: model.OK, Code: &model.Code{Name: "COPYUID", Num: 1, Args: "1 5:4,9 1:3",
		Sets: []model.Set{{{From: model.Num{N: 5}, To: model.Num{N: 4}}, {From: model.Num{N: 9}, Single: true}}, {{From: model.Num{N: 1}, To: model.Num{N: 3}}}}}, Text: "x"}},
	{"A1 OK [APPENDUID 38505 3955] x", model.Response{Tag: "A1", Status: model.OK, Code: &model.Code{Name: "APPENDUID", Num: 38505, Args: "38505 3955", Sets: []model.Set{model.One(3955)}}, Text: "x"}},
	{"A1 OK [APPENDUID 1 2:3] MULTIAPPEND", model.Response{Tag: "A1", Status: model.OK, Code: &model.Code{Name: "APPENDUID", Num: 1, Args: "1 2:3",
		Sets: []model.Set{{{From: model.Num{N: 2}, To: model.Num{N: 3}}}}}, Text: "MULTIAPPEND"}},
	{"A1 OK [MODIFIED 7,*] x", model.Response{Tag: "A1", Status: model.OK, Code: &model.Code{Name: "MODIFIED", Args: "7,*", Sets: []model.Set{{{From: model.Num{N: 7}, Single: true}, {Single: true}}}}, Text: "x"}},
	{"* OK [HIGHESTMODSEQ 9223372036854775807] x", model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "HIGHESTMODSEQ", Args: "9223372036854775807"}, Text: "x"}},
	{"* OK [NOMODSEQ] x", model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "NOMODSEQ"}, Text: "x"}},
	{"* OK [MAILBOXID (F2212ea87-6097_3)] x", model.Response{Tag: "*", Status: model.OK, Code: &model.Code{Name: "MAILBOXID", Args: "(F2212ea87-6097_3)"}, Text: "x"}},
	{"A1 NO [NONEXISTENT] x", model.Response{Tag: "A1", Status: model.NO, Code: &model.Code{Name: "NONEXISTENT"}, Text: "x"}},
	{"A1 NO [LIMIT of 5] x", model.Response{Tag: "A1", Status: model.NO, Code: &model.Code{Name: "LIMIT", Args: "of 5"}, Text: "x"}},
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
	{`* STATUS a (HIGHESTMODSEQ 0 SIZE 4294967296 deleted 3 APPENDLIMIT NIL MAILBOXID (M-1) DELETED-STORAGE 1)`, model.Response{Tag: "*", Data: model.StatusData{Name: "a", Items: []model.StatusItem{
		{Name: "HIGHESTMODSEQ"}, {Name: "SIZE", Long: 1 << 32}, {Name: "DELETED", N: 3}, {Name: "APPENDLIMIT", Nil: true}, {Name: "MAILBOXID", ID: "M-1"}, {Name: "DELETED-STORAGE", Long: 1}}}}},
	{"* STATUS a (APPENDLIMIT 5)", model.Response{Tag: "*", Data: model.StatusData{Name: "a", Items: []model.StatusItem{{Name: "APPENDLIMIT", N: 5}}}}},
	{`* LIST (\HasChildren \NonExistent) "/" a ("CHILDINFO" ("SUBSCRIBED"))`, model.Response{Tag: "*", Data: model.ListData{Attrs: []string{`\HasChildren`, `\NonExistent`}, Delim: "/", Name: "a", Extended: `("CHILDINFO" ("SUBSCRIBED"))`}}},
	{`* LIST () "/" a (oldname ("b c") X-y 1:4,* vendor.z (a "b" (NIL)) n 9223372036854775807 e ())`, model.Response{Tag: "*", Data: model.ListData{Delim: "/", Name: "a", Extended: `(oldname ("b c") X-y 1:4,* vendor.z (a "b" (NIL)) n 9223372036854775807 e ())`}}},
	{`* LIST () "/" "a" ()`, model.Response{Tag: "*", Data: model.ListData{Delim: "/", Name: "a", Extended: "()"}}},
	{"* SEARCH 2 5 (MODSEQ 917162500)", model.Response{Tag: "*", Data: model.SearchData{Nums: []uint32{2, 5}, ModSeq: 917162500}}},
	{"* 1 FETCH (UID 4 MODSEQ (12121231000))", model.Response{Tag: "*", Data: respFetch(1, model.Att{Name: "UID", Origin: -1, Num: 4}, model.Att{Name: "MODSEQ", Origin: -1, Raw: "(12121231000)"})}},
	{"* 1 FETCH (binary[1.2] ~{3}\r\na\x00b BINARY[]<5> \"x\" BINARY[1] NIL BINARY.SIZE[3] 77)", model.Response{Tag: "*", Data: respFetch(1, model.Att{Name: "BINARY[1.2]", Origin: -1, Text: "a\x00b"},
		model.Att{Name: "BINARY[]", Origin: 5, Text: "x"}, model.Att{Name: "BINARY[1]", Origin: -1, Nil: true}, model.Att{Name: "BINARY.SIZE[3]", Origin: -1, Num: 77})}},
	{`* NAMESPACE (("" "/")) NIL NIL`, model.Response{Tag: "*", Data: model.NamespaceData{Personal: []model.Namespace{{Delim: "/"}}}}},
	{`* NAMESPACE (("" "/" "X-PARAM" ("FLAG1" "FLAG2"))("#mh/" NIL)) (("~" "\\")) nil`, model.Response{Tag: "*", Data: model.NamespaceData{
		Personal: []model.Namespace{{Delim: "/", Extension: `"X-PARAM" ("FLAG1" "FLAG2")`}, {Prefix: "#mh/"}}, Other: []model.Namespace{{Prefix: "~", Delim: `\`}}}}},
	{"* ENABLED", model.Response{Tag: "*", Data: model.EnabledData{}}},
	{"* ENABLED CONDSTORE X-GOOD-IDEA", model.Response{Tag: "*", Data: model.EnabledData{Caps: []string{"CONDSTORE", "X-GOOD-IDEA"}}}},
	{"* VANISHED (earlier) 41,43:116", model.Response{Tag: "*", Data: model.VanishedData{Earlier: true, Set: model.Set{{From: model.Num{N: 41}, Single: true}, {From: model.Num{N: 43}, To: model.Num{N: 116}}}}}},
	{"* VANISHED 405", model.Response{Tag: "*", Data: model.VanishedData{Set: model.One(405)}}},
	{"* ESEARCH", model.Response{Tag: "*", Data: model.ESearchData{}}},
	{`* ESEARCH (TAG "A285") UID MIN 7 MAX 3800 ALL 7,3799:3800 COUNT 0 MODSEQ 5`, model.Response{Tag: "*", Data: model.ESearchData{Tag: "A285", UID: true, Min: 7, Max: 3800,
		All: model.Set{{From: model.Num{N: 7}, Single: true}, {From: model.Num{N: 3799}, To: model.Num{N: 3800}}}, HasCount: true, ModSeq: 5}}},
	{`* esearch (tag a1) count 3 partial (1:100 4,5) x.Y:1 3`, model.Response{Tag: "*", Data: model.ESearchData{Tag: "a1", HasCount: true, Count: 3,
		Other: []model.TaggedItem{{Label: "PARTIAL", Raw: "(1:100 4,5)"}, {Label: "X.Y:1", Raw: "3"}}}}},
	{"* ID NIL", model.Response{Tag: "*", Data: model.OtherData{Name: "ID", Raw: "NIL"}}},
	{"* ID ()", model.Response{Tag: "*", Data: model.OtherData{Name: "ID", Raw: "()"}}},
	{"* id (\"a\" {4}\r\n\"\r\n\" \"{3}\" NIL)", model.Response{Tag: "*", Data: model.OtherData{Name: "ID", Raw: "(\"a\" {4}\r\n\"\r\n\" \"{3}\" NIL)"}}},
	{"* XSomething", model.Response{Tag: "*", Data: model.OtherData{Name: "XSOMETHING"}}},
	{"* XLIST (\\Inbox) \"/\" \"caf\xc3\xa9\"", model.Response{Tag: "*", Data: model.OtherData{Name: "XLIST", Raw: "(\\Inbox) \"/\" \"caf\xc3\xa9\""}}},
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
	{"* ID §\"{1}\r\nab", "id_params_list"},
	{"* X1 \"{1}§\r\nab", "CRLF"},
	{"* OK [HIGHESTMODSEQ §0] x", "mod-sequence-value"},
	{"* OK [HIGHESTMODSEQ 922337203685477580§8] x", "mod-sequence-value"},
	{"* OK [HIGHESTMODSEQ§] x", "resp-text-code"},
	{"A1 OK [MODIFIED §] x", "sequence-set"},
	{"A1 OK [MODIFIED 1,§,2] x", "sequence-set"},
	{"A1 OK [APPENDUID §0 1] x", "nz-number"},
	{"A1 OK [APPENDUID 1§] x", "resp-code-apnd"},
	{"A1 OK [APPENDUID 1 §*] x", "resp-code-apnd"},
	{"A1 OK [COPYUID 1 2§] x", "resp-code-copy"},
	{"A1 OK [COPYUID 1 2 §] x", "resp-code-copy"},
	{"A1 OK [COPYUID 1 2 §0] x", "nz-number"},
	{"A1 OK [COPYUID 1 2:§ 3] x", "resp-code-copy"},
	{"A1 OK [COPYUID 1 2 3§ 4] x", "resp-text"},
	{"* OK [MAILBOXID (§)] x", "objectid"},
	{"* OK [MAILBOXID §M1] x", "resp-text-code"},
	{"* STATUS x (SIZE 922337203685477580§8)", "number64"},
	{"* STATUS x (HIGHESTMODSEQ §-1)", "mod-sequence-valzer"},
	{"* STATUS x (DELETED 429496729§6)", "number"},
	{"* STATUS x (MAILBOXID §M1)", "status-att-val"},
	{"* STATUS x (MAILBOXID (§))", "objectid"},
	{"* STATUS x (SIZE§)", "status-att-val"},
	{`* LIST () "/" a ("CHILDINFO" (§))`, "childinfo-extended-item"},
	{`* LIST () "/" a ("CHILDINFO" §NIL)`, "childinfo-extended-item"},
	{`* LIST () "/" a ("CHILDINFO" (§SUBSCRIBED))`, "childinfo-extended-item"},
	{`* LIST () "/" a ("OLDNAME" §"b")`, "oldname-extended-item"},
	{`* LIST () "/" a ("OLDNAME" ("b"§ "c"))`, "oldname-extended-item"},
	{`* LIST () "/" a (§"" 1)`, "mbox-list-extended-item"},
	{`* LIST () "/" a (§"a b" 1)`, "mbox-list-extended-item"},
	{`* LIST () "/" a (x§)`, "mbox-list-extended-item"},
	{`* LIST () "/" a (x §y)`, "tagged-ext-simple"},
	{`* LIST () "/" a (x (y)§`, "mbox-list-extended"},
	{`* LIST () "/" a (x (y (z§`, "tagged-ext-comp"},
	{`* LIST () "/" a (x (y (§)))`, "astring"},
	{`* LIST () "/" a§  ()`, "response-data"},
	{"* SEARCH §(MODSEQ 1)", "nz-number"},
	{"* SEARCH 1 (§MODSE 1)", "search-sort-mod-seq"},
	{"* SEARCH 1 (MODSEQ §0)", "mod-sequence-value"},
	{"* SEARCH 1 (MODSEQ 1)§ 2", "response-data"},
	{"* 1 FETCH (MODSEQ §1)", "fetch-mod-resp"},
	{"* 1 FETCH (MODSEQ (§))", "mod-sequence-value"},
	{"* 1 FETCH (MODSEQ (§00))", "mod-sequence-value"},
	{"* 1 FETCH (MODSEQ (1§ 2))", "fetch-mod-resp"},
	{"* 1 FETCH (§BINARY 1)", "msg-att"},
	{"* 1 FETCH (§X-GM-MSGID 1)", "msg-att"},
	{"* 1 FETCH (BINARY[§HEADER] NIL)", "nz-number"},
	{"* 1 FETCH (BINARY[1.§] NIL)", "nz-number"},
	{"* 1 FETCH (BINARY[1§ NIL)", "section-binary"},
	{"* 1 FETCH (BINARY[1] ~§)", "literal8"},
	{"* 1 FETCH (BINARY[1] ~{3}\r\nab§", "literal8"},
	{"* 1 FETCH (BINARY[1] {3}\r\na§\x00b)", "CHAR8"},
	{"* 1 FETCH (BODY[1] §~{3}\r\nabc)", "nstring"},
	{"* 1 FETCH (BINARY.SIZE[1]§<0> 1)", "msg-att-static"},
	{"* 1 FETCH (BINARY.SIZE[1] §NIL)", "number"},
	{"* NAMESPACE§", "Namespace_Response"},
	{`* NAMESPACE (("" "/")) NIL§`, "Namespace_Response"},
	{"* NAMESPACE (§) NIL NIL", "Namespace"},
	{`* NAMESPACE ((§NIL "/")) NIL NIL`, "Namespace"},
	{`* NAMESPACE (("" §/)) NIL NIL`, "Namespace"},
	{`* NAMESPACE (("" "/")§ ("a" "/")) NIL NIL`, "Namespace"},
	{`* NAMESPACE (("" "/" "x"§)) NIL NIL`, "Namespace_Response_Extension"},
	{`* NAMESPACE (("" "/" "x" (§))) NIL NIL`, "Namespace_Response_Extension"},
	{`* NAMESPACE (("" "/")) NIL NIL§ NIL`, "response-data"},
	{"* ENABLED §", "capability"},
	{"* ENABLED a§(", "response-data"},
	{"* VANISHED§", "expunged-resp"},
	{"* VANISHED §", "known-uids"},
	{"* VANISHED §*", "known-uids"},
	{"* VANISHED §(LATER) 1", "expunged-resp"},
	{"* VANISHED (EARLIER)§", "expunged-resp"},
	{"* VANISHED 1§ 2", "response-data"},
	{`* ESEARCH (§"TAG" "a")`, "search-correlator"},
	{`* ESEARCH (TAG§)`, "search-correlator"},
	{`* ESEARCH (TAG "a"§ "b")`, "search-correlator"},
	{"* ESEARCH §", "tagged-ext-label"},
	{"* ESEARCH §1 1", "tagged-ext-label"},
	{"* ESEARCH MIN§", "search-return-data"},
	{"* ESEARCH MIN §0", "nz-number"},
	{"* ESEARCH ALL §", "search-return-data"},
	{"* ESEARCH COUNT 1 §", "tagged-ext-label"},
	{"* ESEARCH X §a", "tagged-ext-simple"},
	{"* ESEARCH X (a§", "tagged-ext-val"},
	{"* ID§", "id_response"},
	{"* ID §x", "id_params_list"},
	{`* ID ("a"§)`, "id_params_list"},
	{`* ID (§NIL "a")`, "id_params_list"},
	{`* ID ("a" §b)`, "nstring"},
	{`* ID ("a" "b"§`, "id_params_list"},
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

// Of a rule that RFC 3501 does not have, the error says where it is from.
func TestExtensionRules(t *testing.T) {
	e := ParseResponse("A1 OK [COPYUID 1 A4 NO] x").Syntax
	require.NotNil(t, e)
	assert.Equal(t, `octet 17: resp-code-copy wants uid-set (RFC 4315), got "A"`, e.Error())
	assert.Equal(t, "1-9", ParseResponse("* 1 FETCH (UID 0)").Syntax.Want)
	found := map[string]bool{}
	for _, c := range badResponses {
		found[c.rule] = true
	}
	for rule := range extensionRules {
		assert.True(t, found[rule], "no bad response breaks %s", rule)
	}
}
