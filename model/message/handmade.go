package message

import (
	"slices"
	"strings"
	"time"
)

// makeAll makes the messages that show one thing each. Traces mean them by
// their numbers and octets: a new one goes to the end.
func makeAll() []*Message {
	var list []*Message
	for _, e := range slices.Concat(first5(), headers(), addresses(), dates(), bodies(), singles(), multiparts(), nested()) {
		list = append(list, build(e))
	}
	return list
}

// head is a header with a subject, and more.
func head(subject string, more ...field) []field {
	return append([]field{from(), sent(2, 3, dateFull, time.UTC), text("Subject", subject)}, more...)
}

// mime is the header of a MIME message.
func mime(subject string, more ...field) []field {
	return append(head(subject, version()), more...)
}

func first5() []*entity {
	day := func(d int) field { return sent(d, 3, dateFull, time.UTC) }
	return []*entity{
		leaf("Hello.\r\n", from(), day(2), text("Subject", "one")),
		leaf("Line 1\r\nLine 2\r\n\r\nLine 4\r\n", people("From", "", named("Ann", "ann@example.org")),
			people("To", "", bare("bob@example.org")), day(3), text("Subject", "a folded\r\n subject"),
			text("Message-ID", "<1@example.org>")),
		leaf("", from(), day(4), text("Subject", "no body")),
		// A message may be its header alone (RFC 2822 section 3.5: the body is optional).
		{fields: fields(from(), day(5), text("Subject", "no blank line")), bare: true},
		leaf("Hello", from(), day(6), text("Subject", "no newline at the end")),
	}
}

func headers() []*entity {
	return []*entity{
		leaf("Hello.\r\n", head("")...),
		leaf("No subject.\r\n", from(), sent(2, 3, dateFull, time.UTC)),
		leaf("Hello.\r\n", head("empty address fields", field{name: "Reply-To", text: " "}, field{name: "Cc"})...),
		leaf("Hello.\r\n", head("a fold with\r\n\ta tab")...),
		leaf("Hello.\r\n", head("a fold\r\n in\r\n three")...),
		leaf("Hello.\r\n", head("a field twice", text("Comments", "first remark"), text("X-Other", "between"),
			text("Comments", "second remark"))...),
		leaf("Hello.\r\n", head("odd case of names", field{name: "TO", text: "bob@example.org",
			people: bare("bob@example.org").list}, text("message-id", "<2@example.org>"))...),
		leaf("Hello.\r\n", head("returned", field{name: "Return-Path", text: " <>"})...),
		leaf("Hello.\r\n", head("an answer", text("Message-ID", "<3@example.org>"), text("In-Reply-To", "<1@example.org>"),
			text("References", "<0@example.org>\r\n <1@example.org>"))...),
		leaf("Hello.\r\n", from(), sent(2, 3, dateFull, time.UTC), coded("Subject", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße")),
		leaf("Hello.\r\n", from(), sent(2, 3, dateFull, time.UTC), coded("Subject", "a =?utf-8?b?Y2Fmw6k=?= today", "a café today")),
	}
}

func addresses() []*entity {
	one := func(subject string, p ...party) *entity {
		return leaf("Hello.\r\n", head(subject, people("To", ", ", p...))...)
	}
	return []*entity{
		one("a phrase", named("Bob the Builder", "bob@example.org")),
		one("a quoted phrase", quoted("Doe, John", "john@example.org")),
		one("a quoted quote", quoted(`John "Joe" Doe`, "john@example.org")),
		one("an encoded phrase", encoded("=?UTF-8?Q?J=C3=B6rg?=", "Jörg", "joerg@example.org")),
		one("a name in a comment", remarked("bob@example.org", "Bob")),
		one("three addresses", bare("bob@example.org"), named("Carol", "carol@example.com"), quoted("D.", "dave@example.net")),
		leaf("Hello.\r\n", head("folded addresses", people("To", ",\r\n ", bare("bob@example.org"), named("Carol", "carol@example.com")))...),
		one("a group", group("friends", bare("bob@example.org"), named("Carol", "carol@example.com"))),
		one("an empty group", group("undisclosed-recipients")),
		one("a group among others", bare("bob@example.org"), group("friends", bare("carol@example.com")), bare("dave@example.net")),
		leaf("Hello.\r\n", sent(2, 3, dateFull, time.UTC), text("Subject", "no From")),
		leaf("Hello.\r\n", head("another sender", people("Sender", "", named("Secretary", "sec@example.com")))...),
		leaf("Hello.\r\n", head("answers to others", people("Reply-To", ", ", bare("list@example.com"), bare("b@example.com")))...),
		leaf("Hello.\r\n", head("copies", people("Cc", "", bare("carol@example.com")), people("Bcc", "", named("Dave", "dave@example.net")))...),
		leaf("Hello.\r\n", people("From", ", ", named("Ann", "ann@example.org"), bare("bob@example.org")),
			people("Sender", "", bare("ann@example.org")), sent(2, 3, dateFull, time.UTC), text("Subject", "two authors")),
	}
}

func dates() []*entity {
	on := func(subject string, date field) *entity {
		return leaf("Hello.\r\n", from(), date, text("Subject", subject))
	}
	return []*entity{
		on("a day of two digits", sent(2, 3, dateTwoDigits, time.UTC)),
		on("no weekday", sent(3, 3, dateNoWeekday, time.UTC)),
		on("no seconds", sent(3, 3, dateNoSeconds, time.UTC)),
		on("an obsolete zone", sent(4, 22, dateNamedZone, est)),
		on("far in the west", sent(5, 23, dateFull, west)),
		on("far in the east", sent(6, 1, dateFull, east)),
		on("a remark behind the date", sent(6, 1, dateWithRemark, time.UTC)),
		leaf("Hello.\r\n", from(), text("Subject", "no date")),
	}
}

func bodies() []*entity {
	return []*entity{
		leaf("\r\n", head("an empty line")...),
		leaf("\r\n\r\nBetween empty lines.\r\n\r\n", head("empty lines")...),
		leaf("Before the dot.\r\n.\r\nBehind it.\r\n..\r\n", head("a dot")...),
		leaf("--b\r\n\r\nFrom here on\r\nFrom: nobody\r\n>From there\r\n--b--\r\n", head("what looks like something else")...),
		leaf("a"+strings.Repeat("long ", 199)+"xy\r\n", head("the longest line")...),
		leaf("a"+strings.Repeat("longer ", 714)+"z\r\n", head("a longer line")...),
		leaf(" * 1 FETCH (FLAGS ())\r\n)\r\nA1 OK {3}\r\nNIL \\ \"\r\n", head("what looks like an answer")...),
	}
}

func singles() []*entity {
	disposition := func(value string, params ...param) field { return content("Content-Disposition", value, params...) }
	plain := charset("text/plain", "us-ascii")
	hello := func(subject string, more ...field) *entity {
		return leaf("Hello.\r\n", mime(subject, append([]field{plain}, more...)...)...)
	}
	return []*entity{
		hello("text"),
		leaf("Hello.\r\n", mime("text without charset", media("text/plain"))...),
		leaf("Grüße aus dem Café.\r\n", mime("8bit", charset("text/plain", "utf-8"), transfer("8bit"))...),
		leaf("<p>Hello, <b>bold</b> world.</p>\r\n", mime("html", charset("text/html", "US-ASCII"), transfer("7bit"))...),
		leaf("Hello.\r\n", mime("odd case", media("TEXT/Plain", param{"Charset", "Us-Ascii"}, param{"FORMAT", "flowed"}), transfer("7Bit"))...),
		leaf("Hello.\r\n", mime("a quoted parameter", media("text/plain", param{"charset", "us-ascii"}, param{"name", "a file; with = signs.txt"}))...),
		leaf("Hello.\r\n", mime("a folded field", field{name: "Content-Type", text: " text/plain;\r\n\tcharset=us-ascii;\r\n name=folded.txt",
			value: "text/plain", params: []param{{"charset", "us-ascii"}, {"name", "folded.txt"}}})...),
		leaf("Hello.\r\n", mime("a comment", field{name: "Content-Type", text: " text/plain; charset=us-ascii (Plain text)",
			value: "text/plain", params: []param{{"charset", "us-ascii"}}})...),
		printable("Caf=C3=A9 with a soft line=\r\n break.\r\n", "Café with a soft line break.\r\n", mime("quoted-printable", charset("text/plain", "utf-8"))...),
		base64Text("Hidden in base64: naïve.\r\n", mime("base64", charset("text/plain", "utf-8"))...),
		base64Text("\x00\x01\x02binary\xff\xfe", mime("data", media("application/octet-stream"))...),
		hello("an identifier", text("Content-ID", "<part1@example.org>")),
		hello("a description", text("Content-Description", "What this is")),
		hello("a digest", text("Content-MD5", "K+3XuU53bC9gfEj2D0x1lg==")),
		hello("inline", disposition("inline")),
		hello("a file", disposition("attachment", param{"filename", "hello world.txt"}, param{"size", "8"})),
		hello("a language", language("en")),
		hello("two languages", language("en", "de-CH")),
		hello("a place", text("Content-Location", "http://example.org/hello")),
		hello("all fields", transfer("7bit"), text("Content-ID", "<part2@example.org>"), text("Content-Description", "All of it"),
			text("Content-MD5", "K+3XuU53bC9gfEj2D0x1lg=="), disposition("inline", param{"filename", "a.txt"}),
			language("en"), text("Content-Location", "a.txt")),
	}
}

func multiparts() []*entity {
	plain := charset("text/plain", "us-ascii")
	html := charset("text/html", "us-ascii")
	framed := multi("mixed", "b", mime("preamble and epilogue"), leaf("Between them.", plain))
	framed.preamble, framed.epilogue = "Before all parts.\r\n", "\r\nBehind all parts.\r\n"
	unended := multi("mixed", "b", mime("nothing behind the last boundary"), leaf("The end.", plain))
	unended.epilogue = ""
	return []*entity{
		multi("mixed", "b", mime("one part"), leaf("Alone.", plain)),
		multi("mixed", "b", mime("two parts"), leaf("First part.\r\nOf two lines.\r\n", plain), leaf("Second part.\r\n", plain)),
		multi("mixed", "b", mime("three parts"), leaf("First part.", plain), base64Text("\x01second\x02", media("application/octet-stream")),
			leaf("<i>Third</i> part.\r\n", html)),
		multi("mixed", "b", mime("an empty part"), leaf("", plain), leaf("Not empty.", plain)),
		multi("mixed", "b", mime("a part without fields"), leaf("By default text."), leaf("Another.")),
		framed,
		unended,
		multi("mixed", "a quoted boundary: (b)", mime("a quoted boundary"), leaf("Within quotes.", plain)),
		multi("alternative", "b", mime("alternative"), leaf("Hello.\r\n", plain), leaf("<p>Hello.</p>\r\n", html)),
		multi("mixed", "outer", mime("nested"), leaf("On top.\r\n", plain),
			multi("alternative", "inner", nil, leaf("Below.\r\n", plain), leaf("<p>Below.</p>\r\n", html))),
		multi("mixed", "b", mime("fields of the whole", text("Content-ID", "<all@example.org>"), content("Content-Disposition", "inline"),
			language("en"), text("Content-Location", "all")), leaf("A part.", plain)),
		multi("related", "b", mime("fields of a part"), leaf("A part.", plain, text("Content-ID", "<one@example.org>"),
			text("Content-Description", "One of them"), content("Content-Disposition", "attachment", param{"filename", "one.txt"}))),
	}
}

func nested() []*entity {
	plain := charset("text/plain", "us-ascii")
	letter := func() *entity {
		return leaf("Dear reader.\r\n", people("From", "", named("Inner", "inner@example.com")), sent(4, 5, dateFull, time.UTC),
			text("Subject", "inside"))
	}
	mixed := func() *entity {
		return multi("mixed", "inner", mime("inside"), leaf("First inside.\r\n", plain), leaf("Second inside.\r\n", plain))
	}
	deep := leaf("At the bottom.\r\n", plain)
	for _, boundary := range []string{"b6", "b5", "b4", "b3", "b2"} {
		deep = multi("mixed", boundary, nil, deep)
	}
	return []*entity{
		embed(letter(), mime("a message")...),
		multi("mixed", "b", mime("forwarded"), leaf("See below.\r\n", plain), embed(letter())),
		multi("mixed", "b", mime("a multipart forwarded"), leaf("See below.\r\n", plain), embed(mixed())),
		embed(mixed(), mime("a message of parts")...),
		multi("mixed", "b", mime("a message in a message"), embed(embed(letter(), mime("between")...))),
		multi("digest", "b", mime("digest"), digested(letter()), digested(mixed())),
		multi("digest", "b", mime("a text in a digest"), leaf("Contents.\r\n", plain), digested(letter())),
		multi("mixed", "b", mime("a message without body"), embed(&entity{fields: head("inside"), text: ""}), leaf("Behind it.", plain)),
		multi("mixed", "b1", mime("six deep"), deep),
	}
}
