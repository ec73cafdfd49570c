package fuzz

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// answered is a moment in which a server answered a command with these lines, whose
// tag is "t".
func answered(t *testing.T, command string, c Context, lines []string) *moment {
	t.Helper()
	cmd, legal := wire.Spells(command)
	if !legal {
		cmd = model.Raw{Bytes: command}
	}
	x := &model.Exchange{Tag: "t", Cmd: cmd}
	for _, line := range lines {
		if line == "(closes)" {
			x.Reply.End = model.Closed
			continue
		}
		r := wire.ParseResponse(line)
		require.Nil(t, r.Syntax, "%s", line)
		x.Reply.Responses = append(x.Reply.Responses, r)
	}
	return &moment{cmd: cmd, phase: model.Selected, size: len(c.UIDs), bound: true, known: true, stays: true, Answer: Normalize(x, c)}
}

// sides are the contexts of two servers with three messages each.
func sides() (a, b Context) {
	dates := []time.Time{model.FixtureDate(0), {}, model.FixtureDate(2)}
	a = Context{Delim: "/", UIDs: []uint32{1, 2, 3}, Dates: dates, Keywords: []string{"k1"}, UIDPlus: true}
	b = a
	b.Delim, b.UIDs = ".", []uint32{17, 20, 0}
	return a, b
}

// lines are separated by bars.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, " | ")
}

// What a server is free to choose is no difference.
func TestNormalizeFreedoms(t *testing.T) {
	for _, c := range []struct{ name, command, a, b string }{
		{"text, timing", "NOOP", "t OK done", "t OK [ALERT] NOOP completed (0.001 secs)."},
		{"unasked data", "NOOP", "* 3 EXISTS | * 1 RECENT | t OK x", `* 2 FETCH (FLAGS (\Seen)) | * CAPABILITY IMAP4rev1 | * OK [UNSEEN 1] x | t OK x`},
		{"codes that ask nothing", "SELECT INBOX", "* 3 EXISTS | * OK [UIDVALIDITY 1] x | * OK [PERMANENTFLAGS ()] x | t OK [READ-WRITE] x",
			"* OK [UIDNEXT 99] x | * 3 EXISTS | t OK [READ-WRITE] x"},
		{"order of FETCH responses", "FETCH 1:2 RFC822.SIZE", "* 1 FETCH (RFC822.SIZE 5) | * 2 FETCH (RFC822.SIZE 6) | t OK x",
			"* 2 FETCH (RFC822.SIZE 6) | * 1 FETCH (RFC822.SIZE 5) | t OK x"},
		{"order of items, split responses", "FETCH 1 (UID RFC822.SIZE)", "* 1 FETCH (UID 1 RFC822.SIZE 5) | t OK x",
			"* 1 FETCH (RFC822.SIZE 5) | * 1 FETCH (UID 17) | t OK x"},
		{"unique identifiers", "UID FETCH 1:* UID", "* 1 FETCH (UID 1) | * 2 FETCH (UID 2) | t OK x", "* 1 FETCH (UID 17) | * 2 FETCH (UID 20) | t OK x"},
		{"order, case and repetition of flags", "FETCH 1 FLAGS", `* 1 FETCH (FLAGS (\Seen \Deleted k1)) | t OK x`, `* 1 FETCH (FLAGS (K1 \deleted \SEEN \Seen)) | t OK x`},
		{"keywords of the server", "FETCH 1 FLAGS", `* 1 FETCH (FLAGS ()) | t OK x`, `* 1 FETCH (FLAGS ($Junk NonJunk)) | t OK x`},
		{"data of other messages", "FETCH 1 FLAGS", `* 1 FETCH (FLAGS ()) | t OK x`, `* 1 FETCH (FLAGS ()) | * 2 FETCH (FLAGS (\Seen)) | t OK x`},
		{"flags before and after \\Seen is set", "FETCH 1 (FLAGS BODY[])", "* 1 FETCH (FLAGS () BODY[] {1}\r\nx) | t OK x",
			"* 1 FETCH (FLAGS (\\Seen) BODY[] \"x\") | t OK x"},
		{"flags nobody asked for", "FETCH 1 BODY[]", `* 1 FETCH (BODY[] "x") | t OK x`, `* 1 FETCH (BODY[] "x" FLAGS (\Seen)) | t OK x`},
		{"literal and quoted", "FETCH 1 ENVELOPE", "* 1 FETCH (ENVELOPE (NIL {1}\r\nx NIL NIL NIL NIL NIL NIL NIL NIL)) | t OK x",
			`* 1 FETCH (ENVELOPE (NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL)) | t OK x`},
		{"date of an envelope", "FETCH 1 ENVELOPE", `* 1 FETCH (ENVELOPE ("Thu, 2 Jan 2020 03:04:05 +0000" "x" NIL NIL NIL NIL NIL NIL NIL NIL)) | t OK x`,
			`* 1 FETCH (ENVELOPE ("Thu, 02 Jan 2020 03:04:05 +0000" "x" NIL NIL NIL NIL NIL NIL NIL NIL)) | t OK x`},
		{"case and defaults of a structure", "FETCH 1 BODY", `* 1 FETCH (BODY ("text" "plain" NIL NIL NIL "7bit" 1 1)) | t OK x`,
			`* 1 FETCH (BODY ("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 1 1)) | t OK x`},
		{"zone of a date", "FETCH 1 INTERNALDATE", `* 1 FETCH (INTERNALDATE " 2-Jan-2020 03:04:05 +0000") | t OK x`,
			`* 1 FETCH (INTERNALDATE " 2-Jan-2020 05:04:05 +0200") | t OK x`},
		{"date of the server's clock", "FETCH 2 INTERNALDATE", `* 2 FETCH (INTERNALDATE " 2-Jan-2026 03:04:05 +0000") | t OK x`,
			`* 2 FETCH (INTERNALDATE " 2-Jan-2026 03:04:06 +0000") | t OK x`},
		{"STORE shows or not", `STORE 1:2 FLAGS (\Seen)`, `* 1 FETCH (FLAGS (\Seen)) | * 2 FETCH (FLAGS (\Seen)) | t OK x`, `* 2 FETCH (FLAGS (\Seen) UID 20) | t OK x`},
		{"STORE.SILENT shows all the same", `STORE 1 FLAGS.SILENT (\Seen)`, `* 1 FETCH (FLAGS (\Seen)) | t OK x`, `t OK x`},
		{"numbering of EXPUNGE", "EXPUNGE", "* 1 EXPUNGE | * 1 EXPUNGE | t OK x", "* 2 EXPUNGE | * 1 EXPUNGE | t OK x"},
		{"numbering of three", "EXPUNGE", "* 1 EXPUNGE | * 2 EXPUNGE | t OK x", "* 3 EXPUNGE | * 1 EXPUNGE | * 5 EXISTS | t OK x"},
		{"order of a result", "SEARCH ALL", "* SEARCH 1 2 3 | t OK x", "* SEARCH 3 1 | * SEARCH 2 2 | t OK x"},
		{"a result of unique identifiers", "UID SEARCH SEEN", "* SEARCH 1 2 | t OK x", "* SEARCH 20 17 | t OK x"},
		{"one that cannot be known", "UID SEARCH SEEN", "* SEARCH 1 3 | t OK x", "* SEARCH 17 44 | t OK x"},
		{"order and hints of names", `LIST "" *`, `* LIST (\HasChildren) "/" a | * LIST () "/" "a/b" | * LIST (\Marked) "/" INBOX | t OK x`,
			`* LIST () "." inbox | * LIST (\HasNoChildren) "." a.b | * LIST () "." "a" | t OK x`},
		{"the delimiter", `LIST "" ""`, `* LIST (\Noselect) "/" "" | t OK x`, `* LIST (\Noselect) "." "#." | t OK x`},
		{"a level with a delimiter", `LSUB "" %`, `* LSUB (\Noselect) "/" a | t OK x`, `* LSUB (\NoSelect \HasChildren) "." a. | t OK x`},
		{"order of items of STATUS", "STATUS INBOX (MESSAGES UNSEEN UIDNEXT)", "* STATUS INBOX (MESSAGES 3 UNSEEN 1 UIDNEXT 4) | t OK x",
			"* STATUS inbox (UIDNEXT 21 MESSAGES 3 RECENT 1 UNSEEN 1) | t OK x"},
		{"data of a refusal", "SEARCH ALL", "* SEARCH 1 | t NO x", "t NO [CANNOT] y"},
		{"BYE, closed or not yet", "LOGOUT", "* BYE x | t OK x", "* BYE x | t OK x | (closes)"},
		{"lower case", "fetch 1 rfc822.size", "* 1 FETCH (RFC822.SIZE 5) | t OK x", "* 1 FETCH (RFC822.SIZE 5) | * 2 EXISTS | t OK x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			left, right := sides()
			a, b := answered(t, c.command, left, lines(c.a)), answered(t, c.command, right, lines(c.b))
			got := compare([]*moment{a}, []*moment{b}, model.SHOULD, 0)
			assert.Empty(t, got.differences, "%v\n%v", a.Answer, b.Answer)
			assert.Equal(t, 1, got.compared)
		})
	}
}

// What is a difference, and where the two are in different states afterwards.
func TestNormalizeDifferences(t *testing.T) {
	const (
		goesOn = iota
		parts
	)
	for _, c := range []struct {
		command, a, b string
		keys          string // separated by commas
		then          int
	}{
		{"CREATE a", "t OK x", "t NO x", "outcome-OK-NO/CREATE/Authenticated", parts},
		{"LIST \"\" *", "t OK x", "t NO x", "outcome-OK-NO/LIST/Authenticated", goesOn},
		{"CREATE a", "t BAD x", "t NO x", "outcome-BAD-NO/CREATE/Authenticated", goesOn},
		{"SELECT a", "t BAD x", "t NO x", "outcome-BAD-NO/SELECT/Authenticated", parts},
		{"LOGIN a b", "t BAD x", "t NO x", "outcome-BAD-NO/not-allowed/Authenticated", goesOn},
		{"FETCH 7 FLAGS", "t BAD x", "t OK x", "outcome-BAD-OK/FETCH/Selected", goesOn},
		{"STORE 7 FLAGS ()", "t BAD x", "t OK x", "outcome-BAD-OK/STORE/Selected", goesOn},
		{"STORE 2:7 FLAGS ()", "t BAD x", "t OK x", "outcome-BAD-OK/STORE/Selected", parts},
		{"UID COPY 1 a", "t OK x", "t NO x", "outcome-OK-NO/UID COPY/Selected", parts},
		{"CREATE", "t BAD x", "t OK x", "outcome-BAD-OK/malformed:arguments/Authenticated", parts},
		{"LIST", "t BAD x", "t OK x", "outcome-BAD-OK/malformed:arguments/Authenticated", goesOn},
		{"NOOP", "* BYE x | (closes)", "t OK x", "close/NOOP/Authenticated", parts},
		{"SELECT a", "* 1 EXISTS | t OK [READ-ONLY] x", "* 1 EXISTS | t OK [READ-WRITE] x",
			"code-READ-ONLY/SELECT/Authenticated,code-READ-WRITE/SELECT/Authenticated", goesOn},
		{"COPY 1 a", "t NO [TRYCREATE] x", "t NO x", "code-TRYCREATE/COPY/Selected", goesOn},
		{"APPEND INBOX \"x\"", "t BAD [TRYCREATE] x", "t BAD x", "", goesOn},
		{"SELECT a", "* 1 EXISTS | * 1 RECENT | t OK [READ-ONLY] x", "* 1 EXISTS | * 0 RECENT | t OK [READ-ONLY] x", "data-RECENT/SELECT/Authenticated", goesOn},
		{"SELECT a", "* 1 EXISTS | t OK [READ-ONLY] x", "* 2 EXISTS | t OK [READ-ONLY] x", "data-EXISTS/SELECT/Authenticated", parts},
		{"FETCH 1 FLAGS", `* 1 FETCH (FLAGS (\Seen)) | t OK x`, `* 1 FETCH (FLAGS (\Recent)) | t OK x`,
			"data-FETCH-FLAGS/FETCH/Selected,data-RECENT/FETCH/Selected", goesOn},
		{"UID FETCH 1 (FLAGS)", `* 1 FETCH (UID 1 FLAGS (\Recent)) | t OK x`, `t OK x`, "data-FETCH/FETCH/Selected", goesOn},
		{"FETCH 1 (UID RFC822.SIZE)", `* 1 FETCH (UID 1 RFC822.SIZE 5) | t OK x`, `* 1 FETCH (UID 17) | t OK x`, "data-FETCH-RFC822.SIZE/FETCH/Selected", goesOn},
		{"FETCH 1 BODY[1.2.HEADER.FIELDS (TO)]<0.5>", `* 1 FETCH (BODY[1.2.HEADER.FIELDS (TO)]<0> "a") | t OK x`,
			`* 1 FETCH (BODY[1.2.HEADER.FIELDS (TO)]<0> NIL) | t OK x`, "data-FETCH-BODY[n.HEADER.FIELDS]/FETCH/Selected", goesOn},
		{"FETCH 1 BODY[1.2]", `* 1 FETCH (BODY[1.2] "") | t OK x`, `* 1 FETCH (BODY[1.2] NIL) | t OK x`, "data-FETCH-BODY[n]/FETCH/Selected", goesOn},
		{"FETCH 1 INTERNALDATE", `* 1 FETCH (INTERNALDATE " 2-Jan-2020 03:04:05 +0000") | t OK x`,
			`* 1 FETCH (INTERNALDATE " 2-Jan-2020 03:04:05 +0200") | t OK x`, "data-FETCH-INTERNALDATE/FETCH/Selected", goesOn},
		{`STORE 1 FLAGS (\Seen)`, `* 1 FETCH (FLAGS (\Seen)) | t OK x`, `* 1 FETCH (FLAGS ()) | t OK x`, "data-FETCH-FLAGS/STORE/Selected", goesOn},
		{"EXPUNGE", "* 1 EXPUNGE | * 1 EXPUNGE | t OK x", "* 1 EXPUNGE | * 2 EXPUNGE | t OK x", "data-EXPUNGE/EXPUNGE/Selected", parts},
		{"SEARCH OR SEEN ALL", "* SEARCH 1 | t OK x", "* SEARCH 2 | t OK x", "data-SEARCH/SEARCH/Selected", goesOn},
		{"UID SEARCH SEEN", "* SEARCH 1 | t OK x", "* SEARCH 20 | t OK x", "data-SEARCH-SEEN/SEARCH/Selected", goesOn},
		{"SEARCH NOT NEW", "* SEARCH 1 | t OK x", "* SEARCH 2 | t OK x", "data-RECENT/SEARCH/Selected", goesOn},
		{"SEARCH SEEN", "* SEARCH | t OK x", "t OK x", "data-SEARCH-SEEN/SEARCH/Selected", goesOn},
		{"LIST \"\" *", `* LIST () "/" a | t OK x`, "t OK x", "data-LIST/LIST/Authenticated", parts},
		{"LIST \"\" *", `* LIST (\Noselect) "/" a | t OK x`, "t OK x", "data-LIST/LIST/Authenticated", goesOn},
		{"LIST \"\" *", `* LIST (\Noselect) "/" a | t OK x`, `* LIST () "." a | t OK x`, "data-LIST-attributes/LIST/Authenticated", parts},
		{"LIST a/ *", `* LIST () "/" a/b | t OK x`, `t OK x`, "data-LIST-reference/LIST/Authenticated", goesOn},
		{"LSUB \"\" *", `* LSUB () "/" a | t OK x`, "t OK x", "data-LSUB/LSUB/Authenticated", goesOn},
		{"STATUS a (MESSAGES UNSEEN)", "* STATUS a (MESSAGES 3 UNSEEN 1) | t OK x", "* STATUS a (MESSAGES 3 UNSEEN 2) | t OK x",
			"data-STATUS-UNSEEN/STATUS/Authenticated", goesOn},
		{"STATUS a (MESSAGES)", "* STATUS a (MESSAGES 3) | t OK x", "* STATUS a (MESSAGES 2) | t OK x", "data-STATUS-MESSAGES/STATUS/Authenticated", parts},
		{"STATUS a (RECENT)", "* STATUS a (RECENT 3) | t OK x", "* STATUS a (RECENT 2) | t OK x", "data-RECENT/STATUS/Authenticated", goesOn},
	} {
		t.Run(c.command+": "+c.keys, func(t *testing.T) {
			left, right := sides()
			a, b := answered(t, c.command, left, lines(c.a)), answered(t, c.command, right, lines(c.b))
			got := compare([]*moment{a}, []*moment{b}, model.SHOULD, 0)
			var keys []string
			for _, d := range got.differences {
				keys = append(keys, d.Key())
			}
			assert.Equal(t, c.keys, strings.Join(keys, ","))
			assert.Equal(t, c.then == parts, got.parted >= 0)
		})
	}
}

// A fact reads like the response that it is from.
func TestFactText(t *testing.T) {
	left, _ := sides()
	for _, c := range []struct{ command, answer, want string }{
		{"FETCH 2 BODY[TEXT]<3.9>", `* 2 FETCH (BODY[TEXT]<3> "x") | t OK x`, `* 2 FETCH (BODY[TEXT]<3> "x")`},
		{"FETCH 2 FLAGS", `* 2 FETCH (FLAGS (\Seen \Recent)) | t OK x`, `* 2 FETCH (FLAGS (\seen))|* 2 FETCH (FLAGS (\recent))`},
		{"FETCH 1 INTERNALDATE", `* 1 FETCH (INTERNALDATE " 2-Jan-2020 03:04:05 +0000") | t OK x`, `* 1 FETCH (INTERNALDATE as it was set)`},
		{"LIST \"\" *", `* LIST (\Noselect \HasChildren) "/" a/b | t OK x`, `* LIST (\noselect) "a/b"`},
		{"LIST \"\" \"\"", `* LIST (\Noselect) "/" "" | t OK x`, `* LIST (the delimiter)`},
		{"STATUS a (UNSEEN RECENT)", "* STATUS a (RECENT 3 UNSEEN 2) | t OK x", `* STATUS "a" (RECENT 3)|* STATUS "a" (UNSEEN 2)`},
		{"SELECT a", "* 3 EXISTS | * 2 RECENT | t OK x", "* 3 EXISTS|* 2 RECENT"},
		{"SEARCH NEW", "* SEARCH 3 1 | t OK x", "* SEARCH 1 3"},
		{"EXPUNGE", "* 2 EXPUNGE | * 2 EXPUNGE | t OK x", "EXPUNGE of 2 3"},
		{"EXPUNGE", "t OK x", "EXPUNGE of none"},
	} {
		var texts []string
		for _, f := range answered(t, c.command, left, lines(c.answer)).Facts {
			head, value, tail := f.Text()
			texts = append(texts, head+value+tail)
		}
		assert.Equal(t, c.want, strings.Join(texts, "|"), c.command)
	}
}
