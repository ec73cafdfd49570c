package fuzz

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// frames are the beginnings that are tried before the last steps of a trace, the shortest
// first: each is a state that many failures need.
func frames(m model.Machine) (list []model.Trace) {
	login := model.Step{Cmd: model.LoginStep()}
	frame := func(messages int, commands ...string) {
		t := model.Trace{Fixture: model.Fixture{Messages: messages}}
		if !m.Profile.Preauth {
			t.Steps = append(t.Steps, login)
		}
		for _, text := range commands {
			t.Steps = append(t.Steps, model.Step{Cmd: wire.ParseCommand(text)})
		}
		list = append(list, t)
	}
	message := "{6}\r\nt: a\r\n"
	frame(0)
	frame(0, "CREATE a")
	frame(1, "SELECT INBOX")
	frame(1, "EXAMINE INBOX")
	for _, flag := range []string{"k1", `\Seen`, `\Deleted`} {
		frame(0, "APPEND INBOX ("+flag+") "+message)
	}
	frame(1, "SELECT INBOX", `STORE 1 FLAGS \Seen`)
	frame(2, "SELECT INBOX", `STORE 1:* FLAGS \Deleted`)
	frame(0, "APPEND INBOX "+message, "RENAME INBOX a") // the last message is gone
	frame(1, "SELECT INBOX", `STORE 1 FLAGS \Deleted`, "CLOSE")
	frame(1, "SELECT INBOX")
	frame(1, "SELECT INBOX")
	one, two := &list[len(list)-2], &list[len(list)-1]
	for i, st := range one.Steps {
		st.Conn = 1
		one.Steps = append(one.Steps, st)
		two.Steps = slices.Insert(two.Steps, i+1, st) // which selects first
	}
	return list
}
