package target

import (
	"errors"
	"net"
)

// closeWrite ends what the client says on a connection that has two halves. The error
// says that it has not.
func closeWrite(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
