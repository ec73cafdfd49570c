package target

import (
	"net"
	"syscall"
)

// quickConn is a TCP connection that acknowledges at once. A server that
// writes an answer in two pieces waits for the acknowledgement of the first,
// which the kernel delays by 40 ms otherwise. The option does not last, so it
// is set before each Read.
type quickConn struct {
	*net.TCPConn
	raw syscall.RawConn
}

func quickAck(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c
	}
	return &quickConn{tcp, raw}
}

// Read implements net.Conn.
func (c *quickConn) Read(b []byte) (int, error) {
	// A failure costs time and nothing else.
	_ = c.raw.Control(setQuickAck)
	return c.TCPConn.Read(b)
}

func setQuickAck(fd uintptr) {
	_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
}
