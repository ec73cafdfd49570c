// Package imaptest reads the scripted tests of ImapTest, as traces with what their
// author expects of the answers.
//
// A script is a head of "key: value" lines, a blank line, and groups of commands, each
// with the completion and the untagged responses that it is to have:
//
//	connections: 2
//	state: selected
//
//	1 ok fetch 1:2 uid
//	* 1 fetch (uid $one)
//	! 3 fetch ()
//
// [Parse] reads one, [Script.Trace] makes a trace file of it: the set-up that the head
// implies, the commands, a LOGOUT. What is expected stands in the "??" lines of the file,
// behind the step; each is
//
//	NAME:LINE ok [READ-WRITE]   the completion: ok, no, bad, or any, and how its text begins
//	NAME:LINE * 1 FETCH ($)     an untagged response that comes
//	NAME:LINE ! 3 FETCH ()      one that does not
//	NAME:LINE ? 2 EXISTS        one that may
//	NAME:LINE no-extra          nothing untagged comes but what * and ? lines say
//	NAME:LINE group 3           the lines above are of this step and the two before it
//	NAME:LINE variables         the command has $variables, bound when it is sent
//	NAME:LINE set-up            without an OK nothing more is expected
//	NAME:LINE needs MOVE        without these capabilities nothing more is expected
//	NAME:LINE note TEXT         what the script asks for and the trace does not do
//
// where NAME:LINE is the place in the script. A [Checker] binds the variables of
// commands, and tells which expectations an exchange does not meet.
//
// # Matching
//
// Texts are compared without regard to case (but "${case:TEXT}"), however they are quoted;
// NIL is no string. A list has to be the same in order and number, but: the items of
// FETCH and STATUS are pairs, in any order and among others; the attributes of LIST and
// LSUB, and the flags of a FLAGS response, come in any order and among others; FLAGS in FETCH
// come in any order, and no others but \Recent do. A list that begins with modifiers has those and no
// others. In a literal a "$" is no variable.
//
// The variables $mailbox, $user, $username, $password and $sep (the hierarchy delimiter) have
// a value from the beginning, and $tag is that of the command. $2 is where message 2 of the time
// of the command is now. $modseq9 is at least 2 above $modseq7. In the name of a mailbox that
// is sent, a "/" is the delimiter as in every trace.
//
// A variable of a command that a failed expectation would have bound ends the session
// there, as it ends a test of ImapTest.
package imaptest
