// Package serve is what the programs of this module have in common: where they
// listen, when they end, and the password of every account.
//
// Such a program listens where -listen says and tells so on standard output:
// "listening on 127.0.0.1:PORT".
//
// Files it keeps in the directory IMAPCHECK_DIR or, without that, in one of its
// own where temporary files go; it removes them when it ends.
//
// It ends, with status 0, when its standard input does or when SIGINT or
// SIGTERM arrives. Nothing is recovered: a panic ends it too, with its stack on
// standard error and status 2.
package serve

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// Password opens every account.
const Password = "pass"

// DirEnv is the environment variable that says where files go.
const DirEnv = "IMAPCHECK_DIR"

// Server answers the connections of l until ctx is done.
type Server func(ctx context.Context, l net.Listener) error

// Main is the main function of the program name, which is nothing but s.
func Main(name string, s Server) {
	addr := flag.String("listen", "127.0.0.1:0", "the loopback `address` to listen on; port 0 lets the kernel choose")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, eof := context.WithCancel(ctx)
	go func() {
		defer eof()
		io.Copy(io.Discard, os.Stdin) // that it ends is all that matters
	}()
	if err := run(ctx, *addr, s); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr string, s Server) error {
	l, err := listen(addr)
	if err != nil {
		return err
	}
	defer l.Close()
	// Closing the socket is the one way to end an Accept.
	defer context.AfterFunc(ctx, func() { l.Close() })()
	if err := s(ctx, l); ctx.Err() == nil {
		return err
	}
	return nil
}

// listen opens the socket, and tells where it is.
func listen(addr string) (net.Listener, error) {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := onLoopback(at); err != nil {
		return nil, err
	}
	l, err := net.ListenTCP("tcp", at)
	if err != nil {
		return nil, err
	}
	fmt.Printf("listening on %s\n", l.Addr())
	return l, nil
}

// onLoopback refuses every other address: anyone can log in.
func onLoopback(a net.Addr) error {
	if at, ok := a.(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		return fmt.Errorf("%s is not loopback", a)
	}
	return nil
}
