package message

import "time"

func makeAll() []*Message {
	day := func(d int, text string) field {
		return field{name: "Date", text: " " + text, date: time.Date(2020, 1, d, 3, 4, 5, 0, time.UTC)}
	}
	a := field{name: "From", text: " a@example.org", people: []address{{mailbox: "a", host: "example.org"}}}
	subject := func(s string) field { return field{name: "Subject", text: " " + s} }
	return []*Message{
		build(&entity{fields: []field{a, day(2, "Thu, 2 Jan 2020 03:04:05 +0000"), subject("one")}, text: "Hello.\r\n"}),
		build(&entity{fields: []field{
			{name: "From", text: " Ann <ann@example.org>", people: []address{{name: "Ann", mailbox: "ann", host: "example.org"}}},
			{name: "To", text: " bob@example.org", people: []address{{mailbox: "bob", host: "example.org"}}},
			day(3, "Fri, 3 Jan 2020 03:04:05 +0000"), subject("a folded\r\n subject"),
			{name: "Message-ID", text: " <1@example.org>"},
		}, text: "Line 1\r\nLine 2\r\n\r\nLine 4\r\n"}),
		build(&entity{fields: []field{a, day(4, "Sat, 4 Jan 2020 03:04:05 +0000"), subject("no body")}}),
		build(&entity{fields: []field{a, day(5, "Sun, 5 Jan 2020 03:04:05 +0000"), subject("no blank line")}, bare: true}),
		build(&entity{fields: []field{a, day(6, "Mon, 6 Jan 2020 03:04:05 +0000"), subject("no newline at the end")}, text: "Hello"}),
	}
}
