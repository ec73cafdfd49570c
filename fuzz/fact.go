package fuzz

import (
	"cmp"
	"strconv"
	"strings"
)

// Fact is one thing that the data of an answer say.
type Fact struct {
	// Kind is the data and what of it: "FETCH-ENVELOPE", "STATUS-UNSEEN", "LIST".
	// What depends on \Recent is "RECENT", since a server need not know that flag.
	Kind string
	// About is the message or the mailbox that it is said of.
	About string
	Value string
	// Optional says that a server need not say it (section 6.4.6: STORE that changes
	// nothing): that one does and another does not is no difference.
	Optional bool
	// Unknown says that the value can mean the same as any other: a unique identifier
	// whose message is not known, a date of the server's clock.
	Unknown bool
}

// Text is the fact in the notation of the RFC, the value apart from what is around
// it.
func (f Fact) Text() (head, value, tail string) {
	kind, item, _ := strings.Cut(f.Kind, "-")
	number, about, _ := strings.Cut(f.About, " ")
	switch kind {
	case "FETCH":
		return "* " + number + " FETCH (" + about + " ", f.Value, ")"
	case "LIST", "LSUB":
		if item == "delimiter" {
			return "* " + kind + " (", "the delimiter", ")"
		}
		return "* " + kind + " ", f.Value, " " + strconv.Quote(f.About)
	case "STATUS":
		return "* STATUS " + strconv.Quote(f.About) + " (" + item + " ", f.Value, ")"
	case "SEARCH":
		return "* SEARCH ", f.Value, ""
	case "EXISTS":
		return "* ", f.Value, " EXISTS"
	case "EXPUNGE":
		return "EXPUNGE of ", cmp.Or(f.Value, "none"), ""
	}
	switch { // of RECENT
	case f.About == "":
		return "* ", f.Value, " RECENT"
	case about == "FLAGS":
		return "* " + number + " FETCH (FLAGS ", f.Value, ")"
	case number == "STATUS":
		return "* STATUS " + strconv.Quote(about) + " (RECENT ", f.Value, ")"
	}
	return "* SEARCH ", f.Value, ""
}
