package concurrent

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// reading has a connection read a mailbox: its messages by UID, each of ten times its size.
func reading(conn int, box string, uids ...int) string {
	text := fmt.Sprintf("Cx: SELECT %s\n", box) + selected + "Cx: UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
	text = strings.Replace(text, "* 2 EXISTS", fmt.Sprintf("* %d EXISTS", len(uids)), 1)
	text = strings.Replace(text, "UIDNEXT 3", "UIDNEXT 9", 1)
	for i, uid := range uids {
		text += fmt.Sprintf("Sx: * %d FETCH (UID %d FLAGS () RFC822.SIZE %d)\n", i+1, uid, uid*10)
	}
	text += "Sx: OK a\n"
	text = strings.ReplaceAll(text, "Sx", fmt.Sprint("S", conn))
	return strings.ReplaceAll(text, "Cx", fmt.Sprint("C", conn))
}

func TestJudgeOfMoves(t *testing.T) {
	opened := "S0: * PREAUTH a\nC0: CREATE box\nS0: OK a\n" + reading(0, "box") + reading(0, "INBOX", 1, 2) +
		"S1: * PREAUTH b\n" + reading(1, "INBOX", 1, 2)
	read := func(inbox, box []int) string {
		return left + "S2: * PREAUTH c\n" + reading(2, "INBOX", inbox...) + reading(2, "box", box...)
	}
	const (
		away = "* 1 EXPUNGE\n"
		ok0  = "S0: OK a\n"
		ok1  = "S1: OK b\n"
		both = "C0: MOVE 1 box\nC1: MOVE 1 box\n"
		one  = "S0: * OK [COPYUID 9 1 1] a\nS0: " + away + ok0
	)
	for _, c := range []struct{ name, text, want string }{
		{"one moves it, the other finds nothing", both + one + "S1: " + away + ok1 + read([]int{2}, []int{1}), ""},
		{"the other is refused", both + one + "S1: NO b\n" + read([]int{2}, []int{1}), ""},
		{"both move it", both + one + "S1: * OK [COPYUID 9 1 2] b\nS1: " + away + ok1 + read([]int{2}, []int{1, 2}), "order-move-doubles/MOVE/Selected"},
		{"both move it, and nobody tells where", both + "S0: " + away + ok0 + "S1: " + away + ok1 + read([]int{2}, []int{1, 2}), "order-move-doubles/MOVE/Selected"},
		{"neither has it in the end", both + one + "S1: " + away + ok1 + read([]int{2}, nil), "order-move-loses/MOVE/Selected"},
		{"it is lost though both are refused", both + "S0: NO a\nS1: NO b\n" + read([]int{2}, nil), "order-move-loses/MOVE/Selected"},
		{"a MOVE that says OK has moved it", "C0: MOVE 1 box\nC1: NOOP\n" + ok0 + ok1 + read([]int{1, 2}, nil), "order-messages/MOVE/Selected"},
		{"one that is refused may have moved some", "C0: MOVE 1:2 box\nC1: NOOP\nS0: NO a\n" + ok1 + read([]int{2}, []int{1}), ""},
		{"a copy besides", "C0: MOVE 1 box\nC1: COPY 1 box\n" + one + "S1: OK [COPYUID 9 1 2] b\n" + read([]int{2}, []int{1, 2}), ""},
		{"a copy of what is gone", "C0: MOVE 1 box\nC1: COPY 1 box\n" + one + "S1: OK [COPYUID 9 1 2] b\n" + read([]int{2}, []int{1}), ""},
		{"a message that comes back", "C0: MOVE 1 box\nC1: NOOP\n" + one + ok1 + read([]int{1, 2}, []int{1}), "order-messages/FETCH/Selected"},
		{"two MOVEs with one UID", "C0: MOVE 1 box\nC1: MOVE 2 box\n" + one + "S1: * OK [COPYUID 9 2 1] b\nS1: * 2 EXPUNGE\n" + ok1 + read(nil, []int{1}), "order-uids/MOVE/Selected"},
		{"it may have been expunged meanwhile", "C0: STORE 1 +FLAGS (\\Deleted)\n" + ok0 + "C0: EXPUNGE\nC1: MOVE 1 box\nS0: " + away + ok0 +
			"S1: * OK [COPYUID 9 1 1] b\nS1: " + away + ok1 + read([]int{2}, nil), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := corpus.ParseLenient([]byte("imaptrace v1\nfixture INBOX=2 caps=MOVE,UIDPLUS\n\n" + opened + c.text))
			require.NoError(t, err)
			var keys []string
			for _, v := range JudgeFile(model.New(), f).Violations {
				keys = append(keys, v.Key())
			}
			if c.want == "" {
				assert.Empty(t, keys)
			} else {
				assert.Equal(t, []string{c.want}, keys)
			}
		})
	}
}

// A server whose MOVE is wrong by itself is asked for none; the others are.
func TestMoveIsTriedAlone(t *testing.T) {
	for spec, want := range map[string]bool{"reference": true, "reference?fault=race-move": true, "mem": false} {
		d := driver(t, spec)
		m, err := suited(t.Context(), &d)
		require.NoError(t, err)
		assert.True(t, d.Machine.Profile.Has("MOVE"), spec)
		assert.Equal(t, want, m.Profile.Has("MOVE"), spec)
	}
}
