package servertest_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/properties/servertest"
)

// In a test it is one call.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestIMAP(t *testing.T) {
		serve := func(l net.Listener) error { return newServer().Serve(l) }
		servertest.Run(t, servertest.Listener(serve, target.Options{}))
	}
}

// A server that takes a listener: each trace has one, with a store of its own.
func ExampleListener() {
	serve := func(l net.Listener) error { return newServer().Serve(l) }
	err := servertest.Check(context.Background(), servertest.Listener(serve, target.Options{}), servertest.Only("mailboxes"))
	for _, f := range servertest.Failures(err) {
		fmt.Printf("%s (%s)\n", f.Finding.Key, f.Finding.Violation.Rule.Clause)
	}
	// Output:
	// delete-inbox/DELETE/Authenticated (RFC 3501 6.3.4)
	// rename-inbox/RENAME/Authenticated (RFC 3501 6.3.5)
	// rename-inferiors/RENAME/Authenticated (RFC 3501 6.3.5)
}

// A server that serves one connection at a time, whatever it is made of.
func ExampleConn() {
	server := newServer()
	dial := func(context.Context) (net.Conn, error) {
		client, theirs := net.Pipe()
		return client, server.Serve(&oneConn{theirs})
	}
	err := servertest.Check(context.Background(), servertest.Conn(dial, target.Options{}), servertest.Only("list"))
	for _, f := range servertest.Failures(err) {
		fmt.Println(f.Finding.Key)
	}
	// Output:
	// delete-keeps-subscription/DELETE/Authenticated
	// delete-inbox/DELETE/Authenticated
	// rename-inbox/RENAME/Authenticated
	// lsub-percent/LSUB/Authenticated
}

// oneConn is a listener that has one connection to give.
type oneConn struct{ conn net.Conn }

func (l *oneConn) Accept() (net.Conn, error) {
	c := l.conn
	if l.conn = nil; c == nil {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// A server that runs already, and a folder of traces.
func ExampleAddress() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	go newServer().Serve(l)

	err = servertest.Check(context.Background(), servertest.Address("imap://"+l.Addr().String(), target.Options{}),
		servertest.Regressions("testdata/regressions"), servertest.Only("regressions"))
	if list := servertest.Failures(err); len(list) > 0 {
		fmt.Print(list[0])
	}
	// Output:
	// MUST rename-inferiors/RENAME/Authenticated  (RFC 3501 6.3.5)
	//   RENAME renames the inferior names too.
	//
	//     C: LOGIN user pass
	//     S: OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL- UNSELECT ENABLE IDLE UTF8=ACCEPT] Logged in
	//     C: CREATE a
	//     S: OK CREATE completed
	//     C: CREATE a/b
	//     S: OK CREATE completed
	//     C: RENAME a c
	//     S: OK RENAME completed
	//     C: SELECT c/b
	//  !! S: NO [NONEXISTENT] No such mailbox
	//
	//   got:     SELECT c/b: NO [NONEXISTENT] No such mailbox
	//   want:    OK: the mailbox exists
	//   seen:    confirmed 5/5, 5 commands, first seen at command 5
	//   trace:   as a file has it:
	//
	//     imaptrace v1
	//     fixture INBOX=0
	//
	//     C0: LOGIN user pass
	//     C0: CREATE a
	//     C0: CREATE a/b
	//     C0: RENAME a c
	//     C0: SELECT c/b
}

// The octets that Go's fuzzing engine chooses are sessions.
func ExampleFuzz() {
	_ = func(f *testing.F) { // func FuzzIMAP(f *testing.F) {
		servertest.Fuzz(f, servertest.Listener(serve, target.Options{}), servertest.Known("known.txt"))
	}
}
