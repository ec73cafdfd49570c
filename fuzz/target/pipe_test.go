package target

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echo answers each line of the client with itself, until the input ends.
func echo(server net.Conn) {
	defer server.Close()
	in := bufio.NewReader(server)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if _, err := server.Write(line); err != nil {
			return
		}
	}
}

func TestPipeStalls(t *testing.T) {
	client, server := newPipe()
	go echo(server)
	b := make([]byte, 100)

	for range 1000 {
		_, err := client.Read(b)
		require.ErrorIs(t, err, ErrStalled, "nothing was asked")

		_, err = client.Write([]byte("half"))
		require.NoError(t, err)
		_, err = client.Read(b)
		require.ErrorIs(t, err, ErrStalled, "the line is not complete")

		_, err = client.Write([]byte(" line\n"))
		require.NoError(t, err)
		n, err := client.Read(b)
		require.NoError(t, err)
		require.Equal(t, "half line\n", string(b[:n]))
	}
	require.NoError(t, client.Close())
}

func TestPipeStallWakesReader(t *testing.T) {
	client, server := newPipe()
	defer server.Close()
	result := make(chan error)
	go func() {
		_, err := client.Read(make([]byte, 1))
		result <- err
	}()
	waitFor(client)
	go server.Read(make([]byte, 1))
	assert.ErrorIs(t, <-result, ErrStalled)
}

// waitFor returns when a goroutine is blocked in e's Read.
func waitFor(e *pipeEnd) {
	for {
		e.pipe.mu.Lock()
		n := e.waiting
		e.pipe.mu.Unlock()
		if n > 0 {
			return
		}
		runtime.Gosched()
	}
}

func TestPipeClose(t *testing.T) {
	t.Run("by the server", func(t *testing.T) {
		client, server := newPipe()
		_, err := server.Write([]byte("bye"))
		require.NoError(t, err)
		require.NoError(t, server.Close())

		_, err = client.Write([]byte("x"))
		assert.ErrorIs(t, err, io.ErrClosedPipe)
		b, err := io.ReadAll(client)
		assert.NoError(t, err)
		assert.Equal(t, "bye", string(b), "what was sent before can be read")
		_, err = server.Read(make([]byte, 1))
		assert.ErrorIs(t, err, net.ErrClosed)
		_, err = server.Write([]byte("x"))
		assert.ErrorIs(t, err, net.ErrClosed)
	})
	t.Run("by the client", func(t *testing.T) {
		client, server := newPipe()
		_, err := client.Write([]byte("last words"))
		require.NoError(t, err)
		require.NoError(t, client.Close())
		require.NoError(t, client.Close(), "twice")
		b, err := io.ReadAll(server)
		assert.NoError(t, err)
		assert.Equal(t, "last words", string(b))
	})
	t.Run("under a reader", func(t *testing.T) {
		client, server := newPipe()
		result := make(chan error)
		go func() {
			_, err := client.Read(make([]byte, 1))
			result <- err
		}()
		waitFor(client)
		server.Close()
		assert.Equal(t, io.EOF, <-result)
	})
}

func TestPipeDeadlines(t *testing.T) {
	client, server := newPipe()
	defer client.Close()
	b := make([]byte, 10)

	require.NoError(t, client.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, err := client.Read(b)
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)

	_, err = server.Write([]byte("late"))
	require.NoError(t, err)
	n, err := client.Read(b)
	assert.NoError(t, err, "what has arrived is delivered after the deadline")
	assert.Equal(t, "late", string(b[:n]))

	// The timer of a deadline that was moved forward does no harm.
	require.NoError(t, server.SetReadDeadline(time.Now().Add(time.Millisecond)))
	result := make(chan error)
	go func() {
		_, err := server.Read(b)
		result <- err
	}()
	require.NoError(t, server.SetReadDeadline(time.Now().Add(5*time.Millisecond)))
	assert.ErrorIs(t, <-result, os.ErrDeadlineExceeded)

	// A deadline that is moved back wakes the reader.
	require.NoError(t, server.SetReadDeadline(time.Now().Add(time.Hour)))
	go func() {
		_, err := server.Read(b)
		result <- err
	}()
	waitFor(server)
	require.NoError(t, server.SetDeadline(time.Now()))
	assert.ErrorIs(t, <-result, os.ErrDeadlineExceeded)
	_, err = server.Write(b)
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, server.SetWriteDeadline(time.Time{}))
	_, err = server.Write(b)
	assert.NoError(t, err)
}

// A stall is seen under TLS, too: a handshake is a conversation like any other, and
// behind it the server waits for octets in the one goroutine that reads.
func TestPipeStallsUnderTLS(t *testing.T) {
	config, err := serverTLS()
	require.NoError(t, err)
	b := make([]byte, 100)
	for range 100 {
		client, server := newPipe()
		go echo(tls.Server(server, config))
		conn := tls.Client(client, &tls.Config{InsecureSkipVerify: true})
		require.NoError(t, conn.HandshakeContext(t.Context()))
		_, err := conn.Write([]byte("line\nhalf a line"))
		require.NoError(t, err)
		n, err := conn.Read(b)
		require.NoError(t, err)
		require.Equal(t, "line\n", string(b[:n]))
		_, err = conn.Read(b)
		require.ErrorIs(t, err, ErrStalled)
		require.NoError(t, conn.Close())
	}

	client, server := newPipe()
	defer client.Close()
	go func() { // a server that waits for something else than TLS
		for {
			if _, err := server.Read(b); err != nil {
				return
			}
		}
	}()
	err = tls.Client(client, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(t.Context())
	assert.ErrorIs(t, err, ErrStalled)
}

// TestPipeManyAtOnce is for the race detector.
func TestPipeManyAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			client, server := newPipe()
			defer client.Close()
			go echo(server)
			in := bufio.NewReader(client)
			for n := range 200 {
				want := fmt.Sprintf("%d %d\n", i, n)
				client.SetReadDeadline(time.Now().Add(time.Minute))
				client.Write([]byte(want))
				got, err := in.ReadString('\n')
				if !assert.NoError(t, err) || !assert.Equal(t, want, got) {
					return
				}
			}
			_, err := in.ReadByte()
			assert.ErrorIs(t, err, ErrStalled)
		})
	}
	all.Wait()
}

func BenchmarkPipe(b *testing.B) {
	makers := []struct {
		name string
		make func() (client, server net.Conn)
	}{
		{"ours", func() (net.Conn, net.Conn) { return newPipe() }},
		{"net.Pipe", net.Pipe},
	}
	for _, m := range makers {
		b.Run(m.name, func(b *testing.B) {
			client, server := m.make()
			defer client.Close()
			go echo(server)
			roundTrips(b, client)
		})
	}
}

// roundTrips sends NOOP b.N times and reads a line after each.
func roundTrips(b *testing.B, client net.Conn) {
	in := bufio.NewReader(client)
	line := []byte("A1 NOOP\r\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Write(line); err != nil {
			b.Fatal(err)
		}
		if _, err := in.ReadSlice('\n'); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "trips/s")
}
