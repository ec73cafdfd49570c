package fuzz

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/imapcheck/imapcheck/model/wire"
)

// What is alike gives one form to what is as good.
func TestAlike(t *testing.T) {
	for text, want := range map[string]string{
		`STORE 1 FLAGS (\Deleted)`:              `STORE 1 FLAGS (k1)`,
		"STATUS a (UNSEEN UIDVALIDITY)":         "STATUS a (RECENT UNSEEN)",
		"FETCH 2,3 FLAGS":                       "FETCH 1,2 FLAGS",
		"FETCH 3:4 FLAGS":                       "FETCH 1,2 FLAGS",
		"UID EXPUNGE *":                         "UID EXPUNGE 2",
		"MOVE 1 a":                              "COPY 1 a",
		"FETCH 1 BODY.PEEK[1.HEADER]<5.20>":     "FETCH 1 BODY[HEADER]<5.20>",
		"FETCH 1 BODY[HEADER.FIELDS (FROM TO)]": "FETCH 1 BODY[HEADER.FIELDS (TO)]",
		"SEARCH SINCE 4-Jan-2020":               "FETCH 1 INTERNALDATE",
		"CLOSE ":                                "CLOSE",
		`STATUS "INBOX" (UNSEEN) `:              "STATUS INBOX (UNSEEN) ",
		"SEARCH":                                "FETCH",
		"EXPUNGE":                               "CLOSE",
		"FETCH 1 UID":                           "UID FETCH 1 FLAGS",
		"UID FETCH 2:* FLAGS":                   "UID FETCH *:2 FLAGS",
	} {
		var list []string
		for _, c := range alike(wire.ParseCommand(text)) {
			list = append(list, wire.FormatCommand(c))
		}
		assert.Contains(t, list, want, text)
	}
}
