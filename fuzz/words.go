package fuzz

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Words are what a command is made of, each behind its name; all digits are the same, and of
// a long one they are those at the beginning.
func Words(c model.Command) []string {
	const most = 100 // a message is of no interest
	text := wire.FormatCommand(c)
	text = strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '0'
		}
		return r
	}, text[:min(len(text), most)])
	list := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ()", r) })
	for i := range list {
		list[i] = c.Name() + " " + list[i]
	}
	return list
}
