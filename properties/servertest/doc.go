// Package servertest checks an IMAP server in its own tests, by one call:
//
//	func TestIMAP(t *testing.T) {
//		serve := func(l net.Listener) error { return newServer().Serve(l) }
//		servertest.Run(t, servertest.Listener(serve, target.Options{User: "me", Password: "secret"}))
//	}
//
// [Run] leads the server through the sessions of package scenarios, a subtest for
// each family of rules, through the traces of a folder, and through a bounded number of
// random ones. What breaks a rule is made minimal and reported once, in a subtest with
// the name of the rule: the clause of the RFC, the shortest session that shows it, and
// the command that shows it again. [Check] is the same without package testing, and
// [Fuzz] lets the engine of "go test -fuzz" choose the sessions, [LibFuzzer] another.
//
// Nothing is reported that the RFC leaves to the server, nothing that was not confirmed by
// running the session again, and, unless [Level] says otherwise, only what breaks a MUST.
// What is known and stays as it is goes into a file: see [Known].
//
// # Environment
//
//	IMAPCHECK_SEED         the seed of the random traces, in the place of that of [Seed]
//	IMAPCHECK_REPLAY       a trace file: Run and Fuzz drive the server through it, and
//	                       do nothing else
//	IMAPCHECK_WRITE_KNOWN  a file to which Run writes what was known and what it has found
//
// Relative names are as seen from the folder of the package under test.
package servertest
