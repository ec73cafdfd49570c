package model_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

func TestShapes(t *testing.T) {
	answer := func(cmd string, lines ...string) model.Exchange {
		x := model.Exchange{Tag: "A1"}
		if cmd != "" {
			x.Cmd = wire.ParseCommand(cmd)
		}
		for _, line := range lines {
			x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(line))
		}
		return x
	}
	left := answer("NOOP", "* 3 EXISTS", "A1 OK done")
	left.Delivery = model.Delivery{Way: model.HangUp}
	closed := answer("NOOP", "* BYE gone")
	closed.Reply.End = model.Closed
	for _, c := range []struct {
		x    model.Exchange
		want []string
	}{
		{answer("", "* OK [CAPABILITY IMAP4rev1] hello"), []string{"greeting", "greeting: * OK [CAPABILITY]"}},
		{answer("NOOP", "* 3 EXISTS", "* 4 EXISTS", "A1 OK done"), []string{"NOOP OK", "NOOP OK: * EXISTS"}},
		{answer("NOOP", "A1 BAD what"), []string{"NOOP BAD"}},
		{answer("SELECT x", "A1 OK [READ-WRITE] done"), []string{"SELECT OK", "SELECT OK: [READ-WRITE]"}},
		{left, []string{"NOOP hung up"}},
		{closed, []string{"NOOP closed", "NOOP closed: * BYE"}},
		{answer("FETCH 1 FULL", `* 1 FETCH (UID 7 BODY[1.2.MIME] "a" BODY[HEADER.FIELDS (FROM)]<3> "b" BODY[3] NIL BODY[] "")`, "B7 OK x", "* what", "A1 OK x"), []string{
			"FETCH OK", "FETCH OK: * FETCH", "FETCH OK: * FETCH BODY[HEADER.FIELDS]<>", "FETCH OK: * FETCH BODY[]", "FETCH OK: * FETCH BODY[n.MIME]",
			"FETCH OK: * FETCH BODY[n]", "FETCH OK: * FETCH UID", "FETCH OK: another tag", "FETCH OK: broken response-data"}},
		{answer("STATUS x (MESSAGES)", "* STATUS x (MESSAGES 3 UIDNEXT 4)", "A1 OK x"), []string{
			"STATUS OK", "STATUS OK: * STATUS", "STATUS OK: * STATUS MESSAGES", "STATUS OK: * STATUS UIDNEXT"}},
	} {
		assert.Equal(t, c.want, model.Shapes(c.x))
	}
}

// Other values make no other shape.
func TestShapesHaveNoValues(t *testing.T) {
	shapes := func(line string) []string {
		return model.Shapes(model.Exchange{Tag: "A1", Cmd: wire.ParseCommand("NOOP"),
			Reply: model.Reply{Responses: []model.Response{wire.ParseResponse(line), wire.ParseResponse("A1 OK " + line)}}})
	}
	for _, same := range [][2]string{
		{"* 1 EXISTS", "* 4294967295 EXISTS"},
		{"* SEARCH", "* SEARCH 3 4"},
		{`* LIST (\Noselect) "/" a`, `* LIST () NIL INBOX`},
		{`* 1 FETCH (BODY[1] "x")`, `* 2 FETCH (BODY[3.4] NIL)`},
		{"* OK [UIDNEXT 4] x", "* OK [UIDNEXT 5] y"},
		{"* FLAGS (a)", "* FLAGS ()"},
	} {
		assert.Equal(t, shapes(same[0]), shapes(same[1]))
		assert.Len(t, shapes(same[0]), len(shapes(same[1])))
	}
}
