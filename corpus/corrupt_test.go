package corpus

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const head = "imaptrace v1\nfixture INBOX=0\n\n"

// corrupt has files that the strict reader refuses, with its exact error, and
// says which ones the lenient reader takes.
var corrupt = []struct {
	text, err string
	lenient   bool
}{
	{"", `line 1: should be "imaptrace v1", got the end of the file`, true},
	{"imaptrace v1\n", `line 2: should be "fixture INBOX=0", got the end of the file`, true},
	{"imaptrace v1", `line 2: should be "fixture INBOX=0", got the end of the file`, true},
	{"imaptrace v2\n", `line 1: the version is "v2", not v1`, false},
	{"imaptrace\n", `line 1: the version is "", not v1`, false},
	{"fixture INBOX=0\n", `line 1: should be "imaptrace v1", got "fixture INBOX=0"`, true},
	{"imaptrace v1\nC0: NOOP\n", `line 2: should be "fixture INBOX=0", got "C0: NOOP"`, true},
	{"imaptrace v1\r\nfixture INBOX=0\r\n", `line 1: should be "imaptrace v1", got "imaptrace v1\r"`, true},
	{" imaptrace v1\nfixture INBOX=0\n", `line 1: should be "imaptrace v1", got " imaptrace v1"`, true},
	{"Imaptrace v1\nfixture INBOX=0\n", `line 1: should be "imaptrace v1", got "Imaptrace v1"`, true},
	{"imaptrace v1\nimaptrace v1\nfixture INBOX=0\n", `line 2: a second "imaptrace" line`, false},
	{"fixture INBOX=0\nimaptrace v1\n", `line 2: the "imaptrace" line is below the "fixture" line`, false},
	{"imaptrace v1\nfixture INBOX=0\nfinding a (b, MUST)\n", `line 3: the "finding" line is below the "fixture" line`, false},
	{head + "fixture INBOX=0\n", `line 4: a second "fixture" line`, false},
	{head + "C0: NOOP\nfixture INBOX=0\n", `line 5: a second "fixture" line`, false},
	{"imaptrace v1\nfixture INBOX=00\n", `line 2: should be "fixture INBOX=0", got "fixture INBOX=00"`, true},
	{"imaptrace v1\nfixture INBOX=-1\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture INBOX=-1"`, false},
	{"imaptrace v1\nfixture\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture"`, false},
	{"imaptrace v1\nfixture INBOX=65537\n", `line 2: a fixture has at most 65536 messages, not 65537`, false},
	{"imaptrace v1\nfixture INBOX=2\nC1000: NOOP\n", `line 3: connections have numbers up to 999, not 1000`, false},
	{"imaptrace v1\nfixture INBOX=2 delim=..\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture INBOX=2 delim=.."`, false},
	{"imaptrace v1\nfixture INBOX=2 caps=MOVE,IDLE\n", `line 2: should be "fixture INBOX=2 caps=IDLE,MOVE", got "fixture INBOX=2 caps=MOVE,IDLE"`, true},
	{"imaptrace v1\nfixture INBOX=2 caps=idle,LITERAL+,IDLE\n", `line 2: should be "fixture INBOX=2 caps=IDLE,LITERAL+", got "fixture INBOX=2 caps=idle,LITERAL+,IDLE"`, true},
	{"imaptrace v1\nfixture INBOX=2 tls=no\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture INBOX=2 tls=no"`, false},
	{"imaptrace v1\nfixture INBOX=2 tls=yes caps=IDLE\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture INBOX=2 tls=yes caps=IDLE"`, false},
	{"imaptrace v1\nfixture INBOX=2 caps=IDLE delim=.\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture INBOX=2 caps=IDLE delim=."`, false},
	{"imaptrace v1\nfixture INBOX=2 caps=\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture INBOX=2 caps="`, false},
	{"imaptrace v1\nfixture INBOX=2 caps=IDLE,\n", `line 2: capabilities are atoms with commas between them, not "IDLE,"`, false},
	{"imaptrace v1\nfixture INBOX=2 caps=ID(E\n", `line 2: capabilities are atoms with commas between them, not "ID(E"`, false},
	{"imaptrace v1\nfixture INBOX=2 caps=ıdle\n", `line 2: capabilities are atoms with commas between them, not "\u0131dle"`, false},
	{"imaptrace v1\nfixture Drafts=2\n", `line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture Drafts=2"`, false},
	{"imaptrace v1\nfinding\nfixture INBOX=0\n", `line 2: a finding is RULE (CLAUSE, MUST or SHOULD) key: COMMAND/STATE found: TEXT, got "finding"`, false},
	{"imaptrace v1\nfinding a\nfixture INBOX=0\n", `line 2: a finding is RULE (CLAUSE, MUST or SHOULD) key: COMMAND/STATE found: TEXT, got "finding a"`, false},
	{"imaptrace v1\nfinding a      (b, MAY)\nfixture INBOX=0\n", `line 2: a finding is RULE (CLAUSE, MUST or SHOULD) key: COMMAND/STATE found: TEXT, got "finding a      (b, MAY)"`, false},
	{"imaptrace v1\nfinding a (b, MUST)\nfixture INBOX=0\n", `line 2: should be "finding a      (b, MUST)", got "finding a (b, MUST)"`, true},
	{"imaptrace v1\nfinding a      (b, MUST)   key: A/B/C\nfixture INBOX=0\n", `line 2: a finding is RULE (CLAUSE, MUST or SHOULD) key: COMMAND/STATE found: TEXT, got "finding a      (b, MUST)   key: A/B/C"`, false},
	{"imaptrace v1\nfinding a/b      (b, MUST)\nfixture INBOX=0\n", `line 2: a finding is RULE (CLAUSE, MUST or SHOULD) key: COMMAND/STATE found: TEXT, got "finding a/b      (b, MUST)"`, false},
	{"imaptrace v1\nfinding a      (b, MUST)   found:\nfixture INBOX=0\n", `line 2: should be "finding a      (b, MUST)", got "finding a      (b, MUST)   found:"`, true},
	{"imaptrace v1\nfinding a      (b, MUST)   key: /\nfixture INBOX=0\n", `line 2: should be "finding a      (b, MUST)", got "finding a      (b, MUST)   key: /"`, true},
	{"imaptrace v1\nfinding a      (b, must)\nfixture INBOX=0\n", `line 2: should be "finding a      (b, MUST)", got "finding a      (b, must)"`, true},
	{head + "what\n", `line 4: no line of a trace file begins like "what"`, false},
	{head + "C: NOOP\n", `line 4: no line of a trace file begins like "C: NOOP"`, false},
	{head + "C-1: NOOP\n", `line 4: no line of a trace file begins like "C-1: NOOP"`, false},
	{head + "C99999999999999999999: NOOP\n", `line 4: no connection has the number 99999999999999999999`, false},
	{head + "F0: NOOP\n", `line 4: no line of a trace file begins like "F0: NOOP"`, false},
	{head + "D0: octets\n", `line 4: D0 does not stand below its C0`, false},
	{head + "C0: NOOP\nD0: octets\nD0: burst\n", `line 6: D0 does not stand below its C0`, false},
	{head + "C0: NOOP\nS0: OK\nD0: octets\n", `line 6: D0 does not stand below its C0`, false},
	{head + "C0: NOOP\nD0: whole\n", `line 5: a delivery is octets, split N, burst, hangup or cut N, not "whole"`, false},
	{head + "C0: NOOP\nD0: cut 65536\n", `line 5: a delivery is octets, split N, burst, hangup or cut N, not "cut 65536"`, false},
	{head + "C0: NOOP\nD0: octets 1\n", `line 5: a delivery is octets, split N, burst, hangup or cut N, not "octets 1"`, false},
	{head + "C0: NOOP\nD0: Split  07\n", `line 5: should be "D0: split 7", got "D0: Split  07"`, true},
	{head + "C00: NOOP\n", `line 4: should be "C0: NOOP", got "C00: NOOP"`, true},
	{head + "c0: NOOP\n", `line 4: should be "C0: NOOP", got "c0: NOOP"`, true},
	{head + "C0:NOOP\n", `line 4: should be "C0: NOOP", got "C0:NOOP"`, true},
	{head + "C0:  NOOP\n", `line 4: should be "C0: NOOP", got "C0:  NOOP"`, true},
	{head + "C0: NOOP \n", `line 4: should be "C0: NOOP", got "C0: NOOP "`, true},
	{head + "C0: \n", `line 4: should be "C0:", got "C0: "`, true},
	{head + "C0: NOOP", `line 4: should end in a line feed`, true},
	{head + "C0: \\x4EOOP\n", `line 4: should be "C0: NOOP", got "C0: \\x4EOOP"`, true},
	{head + "C0: SELECT é\n", `line 4: should be "C0: SELECT \\xC3\\xA9", got "C0: SELECT \u00e9"`, true},
	{head + "C0: NOOP\nS0: A1 OK\n", `line 5: should be "S0: OK", got "S0: A1 OK"`, true},
	{head + "C0: NOOP\nS0: \\x5Cx\n", `line 5: should be "S0: \\x", got "S0: \\x5Cx"`, true},
	{head + "C0: NOOP\nS0: O\\x4B\n", `line 5: should be "S0: OK", got "S0: O\\x4B"`, true},
	{head + "S0: OK\nC0: NOOP\n", `line 4: a greeting has no tag that could stand before "OK"`, false},
	{head + "C0: NOOP\nE0: open\n", `line 5: an end is closed, silent, flooded, not TLS, TLS failed or hung up, not "open"`, false},
	{head + "C0: NOOP\nE0:\n", `line 5: an end is closed, silent, flooded, not TLS, TLS failed or hung up, not ""`, false},
	{head + "C0: NOOP\nE0: Closed\n", `line 5: should be "E0: closed", got "E0: Closed"`, true},
	{head + "C0: NOOP\nE0: closed\nS0: OK\n", `line 6: S0 after E0`, false},
	{head + "C0: NOOP\nE0: closed\nE0: silent\n", `line 6: E0 after E0`, false},
	{head + "B0: NOOP\n", `line 4: B0 does not stand below its C0`, false},
	{head + "C0: NOOP\nB0: NOOP\nS0: OK\n", `line 5: should be "S0: OK", got "B0: NOOP"`, true},
	{head + "C0: NOOP\nB0: CHECK\n", `line 5: B0 has neither S nor E lines`, false},
	{head + "C0: NOOP\nS0: OK\nB0: CHECK\n", `line 6: B0 does not stand below its C0`, false},
	{head + "C0: NOOP\nB1: CHECK\n", `line 5: B1 does not stand below its C1`, false},
	{head + "C0: a\nB0: b\nB0: c\nS0: OK\n", `line 6: B0 does not stand below its C0`, false},
	{head + "S0: * OK\nB0: b\n", `line 5: B0 does not stand below its C0`, false},
	{head + "!! a step=1\n", `line 4: there is no step 1`, false},
	{head + "C0: NOOP\n!!a step=1\n", `line 5: should be "!! a step=1", got "!!a step=1"`, true},
	{head + "C0: NOOP\n!! step=1\n", `line 5: a mark is !! RULE step=N command=NAME state=STATE  got: TEXT  want: TEXT, got "!! step=1"`, false},
	{head + "C0: NOOP\n!! a step=x\n", `line 5: a mark is !! RULE step=N command=NAME state=STATE  got: TEXT  want: TEXT, got "!! a step=x"`, false},
	{head + "C0: NOOP\n!! a step=01\n", `line 5: should be "!! a step=1", got "!! a step=01"`, true},
	{head + "C0: NOOP\n!! a\n", `line 5: a mark is !! RULE step=N command=NAME state=STATE  got: TEXT  want: TEXT, got "!! a"`, false},
	{head + "C0: NOOP\n!! a step=1 got: x\n", `line 5: a mark is !! RULE step=N command=NAME state=STATE  got: TEXT  want: TEXT, got "!! a step=1 got: x"`, false},
	{head + "C0: NOOP\n!! a step=1  got:\n", `line 5: should be "!! a step=1", got "!! a step=1  got:"`, true},
	{head + "?? x\n", "line 4: what is expected stands behind its C line", false},
	{head + "C0: NOOP\n??  \n", "line 5: nothing is expected behind the ??", false},
	{head + "C0: NOOP\nS0: OK\n?? x\n", `line 5: should be "?? x", got "S0: OK"`, true},
	{head + "C0: NOOP\n!! a step=1  want: x  got: y\n", `line 5: should be "!! a step=1  want: x \\x20got: y", got "!! a step=1  want: x  got: y"`, true},
	{head + "C0: NOOP\n!! a step=1  got: x   want: y\n", `line 5: should be "!! a step=1  got: x  want: y", got "!! a step=1  got: x   want: y"`, true},
	{head + "C0: NOOP\n!! a step=1 command=A B C\n", `line 5: a mark is !! RULE step=N command=NAME state=STATE  got: TEXT  want: TEXT, got "!! a step=1 command=A B C"`, false},
	{head + "C0: NOOP\n!! a step=1 state=A command=B\n", `line 5: a mark is !! RULE step=N command=NAME state=STATE  got: TEXT  want: TEXT, got "!! a step=1 state=A command=B"`, false},
	{head + "C0: NOOP\nC0: NOOP\n!! a step=1\n", `line 5: should be "!! a step=1", got "C0: NOOP"`, true},
	{head + "!! a step=0\nS0: * OK\n", `line 4: should be "S0: * OK", got "!! a step=0"`, true},
	{head + "C0: NOOP\n!! a step=99999999999999999999\n", `line 5: there is no step 99999999999999999999`, false},
	{head + "C0: NOOP\n!! a step=1\nS0: OK\n", `line 5: should be "S0: OK", got "!! a step=1"`, true},
	{head + "O0:\nS0: * OK\n", `line 4: should be "S0: * OK", got "O0:"`, true},
	{head + "C0: NOOP\nO0:\n", `line 5: nothing should stand here, got "O0:"`, true},
	{head + "C0: NOOP\nO0: again\n", `line 5: nothing follows O0:, got "again"`, false},
	{head + "C0: NOOP\nO0:\nB0: CHECK\n", `line 6: B0 does not stand below its C0`, false},
	{head + "C0: NOOP\nO0:\nS0: OK\n", `line 6: a greeting has no tag that could stand before "OK"`, false},
	{head + " # indented\n", `line 4: nothing should stand here, got " # indented"`, true},
	{head + "C0: NOOP\nimaptrace v1\n", `line 5: a second "imaptrace" line`, false},
	{"C0: NOOP\nfixture INBOX=1\n", `line 2: the "fixture" line is below the head of the file`, false},
	{head + "C0: NOOP\nS0: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\x41bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n", `line 5: should be ..."aaaaaaaaaaaaaaaaaaaaAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"..., got ..."aaaaaaaaaaaaaaaaaaaa\\x41bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"...`, true},
}

func TestCorrupt(t *testing.T) {
	for _, tt := range corrupt {
		f, err := Parse([]byte(tt.text))
		if assert.EqualError(t, err, tt.err, "%q", tt.text) {
			assert.Nil(t, f)
			assert.NotContains(t, err.Error(), "\n")
		}
		_, err = ParseLenient([]byte(tt.text))
		if tt.lenient {
			assert.NoError(t, err, "%q", tt.text)
		} else {
			assert.EqualError(t, err, tt.err, "%q", tt.text)
		}
	}
	assert.GreaterOrEqual(t, len(corrupt), 30)
	_, err := Parse([]byte(head + "C0: " + strings.Repeat("a", 200) + " \n"))
	assert.Less(t, len(err.Error()), 250)
}
