package target

import (
	"encoding/binary"
	"io"
	"net"
	"os"
)

// authenticator answers on a Unix socket whether a password is right, as the
// saslauthd of Cyrus SASL does: four strings come (user, password, service,
// realm), each behind its length in two octets, and a string of that form goes.
type authenticator struct {
	listener net.Listener
	password string
}

// newAuthenticator listens at path. Every user has the password.
func newAuthenticator(path, password string) (*authenticator, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o777); err != nil { // for whoever may enter its directory
		l.Close()
		return nil, err
	}
	a := &authenticator{l, password}
	go a.serve()
	return a, nil
}

func (a *authenticator) serve() {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			defer conn.Close()
			_ = a.answer(conn) // a client that leaves needs no answer
		}()
	}
}

func (a *authenticator) answer(rw io.ReadWriter) error {
	var fields [4]string
	for i := range fields {
		var length uint16
		if err := binary.Read(rw, binary.BigEndian, &length); err != nil {
			return err
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(rw, text); err != nil {
			return err
		}
		fields[i] = string(text)
	}
	verdict := "NO"
	if fields[1] == a.password {
		verdict = "OK"
	}
	_, err := rw.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(verdict))), verdict...))
	return err
}

func (a *authenticator) close() error { return a.listener.Close() }
