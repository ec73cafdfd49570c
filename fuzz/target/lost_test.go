package target

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// again listens where a listener was before.
func again(t *testing.T, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	return l
}

// greeter greets everyone on the listener until the test ends it, which ends its
// connections, too.
func greeter(l net.Listener) (end func()) {
	var conns []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
			c.Write([]byte("* PREAUTH hi\r\n"))
		}
	}()
	return func() {
		l.Close()
		<-done
		for _, c := range conns {
			c.Close()
		}
	}
}

// A server that was reached and is gone is waited for before a trace, and not in it.
func TestServerAtAnAddressThatComesBack(t *testing.T) {
	l := again(t, "127.0.0.1:0")
	addr := l.Addr().String()
	end := greeter(l)
	var told []string
	gone := make(chan struct{}, 1)
	s, err := openAddress("imap://"+addr, Options{Wait: time.Minute, Notice: func(line string) {
		told = append(told, line)
		gone <- struct{}{}
	}})
	require.NoError(t, err)
	server := s.(*server)
	first, second := &account{target: server}, &account{target: server}
	_, err = first.Dial(t.Context())
	require.NoError(t, err)
	end()
	_, err = first.Dial(t.Context())
	assert.ErrorIs(t, err, ErrGone)
	assert.Empty(t, told)

	dialled := make(chan error)
	go func() {
		_, err := second.Dial(t.Context())
		dialled <- err
	}()
	<-gone
	defer greeter(again(t, addr))()
	require.NoError(t, <-dialled)
	assert.Equal(t, []string{"cannot reach imap://" + addr + ": connection refused; waiting for it for 1m0s"}, told)
}

// There is an end to waiting, and none of it for a server that never was there.
func TestServerAtAnAddressThatStaysAway(t *testing.T) {
	l := again(t, "127.0.0.1:0")
	spec := "imap://" + l.Addr().String()
	end := greeter(l)
	s, err := openAddress(spec, Options{Wait: 200 * time.Millisecond})
	require.NoError(t, err)
	_, err = (&account{target: s.(*server)}).Dial(t.Context())
	require.NoError(t, err)
	end()
	_, err = s.Open(t.Context(), model.Fixture{})
	assert.EqualError(t, err, spec+" did not come back within 200ms: cannot reach "+spec+": connection refused")

	s, err = openAddress(spec, Options{Wait: time.Hour})
	require.NoError(t, err)
	_, err = s.Open(t.Context(), model.Fixture{})
	assert.True(t, strings.HasSuffix(err.Error(), "connection refused"), err)
}
