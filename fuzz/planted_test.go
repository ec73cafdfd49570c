package fuzz_test

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// faults are bugs that can be planted in a server: what becomes of what it sends. Each
// is given some lines, as the server has sent them at once. The first needs two
// messages and a SEARCH, the second three flags on a message, the third three messages
// with \Deleted and an EXPUNGE, the last a COPY of three messages at least, whose
// response code it cuts off.
var faults = map[string]func(lines []byte) []byte{
	"search": func(b []byte) []byte {
		return searchOfTwo.ReplaceAll(b, []byte("$1"))
	},
	"flags": func(b []byte) []byte {
		return threeFlags.ReplaceAll(b, []byte("$1)"))
	},
	"expunge": func(b []byte) []byte {
		return threeExpunged.ReplaceAll(b, []byte("$1"))
	},
	"copyuid": func(b []byte) []byte {
		return threeCopied.ReplaceAll(b, []byte("${1}1"))
	},
}

var (
	searchOfTwo   = regexp.MustCompile(`(\* SEARCH \d+) \d+`)
	threeFlags    = regexp.MustCompile(`(FETCH \([^\n]*FLAGS \([^ )]+ [^ )]+) [^)\n]+\)`)
	threeExpunged = regexp.MustCompile(`((?:\* \d+ EXPUNGE\r\n){2})\* \d+ EXPUNGE\r\n`)
	threeCopied   = regexp.MustCompile(`(COPYUID \d+ (?:\d+:[3-9]|\d+,\d+,\d+) )\S+`)
)

// plant is the target with a fault.
func plant(t target.Target, fault string) target.Target {
	return planted{t, faults[fault]}
}

type planted struct {
	target.Target
	edit func([]byte) []byte
}

func (p planted) Name() string { return p.Target.Name() + " with a fault" }

func (p planted) Open(ctx context.Context, f model.Fixture) (target.Instance, error) {
	in, err := p.Target.Open(ctx, f)
	return plantedInstance{in, func(c net.Conn) net.Conn { return &editedConn{Conn: c, edit: p.edit} }}, err
}

// plantedInstance is an instance with something between it and the client.
type plantedInstance struct {
	target.Instance
	between func(net.Conn) net.Conn
}

func (p plantedInstance) Crashed() string {
	if c, ok := p.Instance.(interface{ Crashed() string }); ok {
		return c.Crashed()
	}
	return ""
}

func (p plantedInstance) Dial(ctx context.Context) (net.Conn, error) {
	c, err := p.Instance.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return p.between(c), nil
}

// editedConn is a connection of whose lines some are others.
type editedConn struct {
	net.Conn
	edit  func([]byte) []byte
	raw   []byte // as it came, not a whole line yet
	ready []byte
}

func (c *editedConn) Read(b []byte) (int, error) {
	for len(c.ready) == 0 {
		var chunk [16 << 10]byte
		n, err := c.Conn.Read(chunk[:])
		c.raw = append(c.raw, chunk[:n]...)
		end := bytes.LastIndexByte(c.raw, '\n') + 1
		if err != nil && n == 0 {
			end = len(c.raw)
		}
		c.ready = append(c.ready, c.edit(c.raw[:end])...)
		c.raw = append(c.raw[:0], c.raw[end:]...)
		if err != nil && len(c.ready) == 0 {
			return 0, err
		}
	}
	n := copy(b, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// faultNames are the faults, from the one that shows first to the one that shows last.
var faultNames = strings.Fields("search flags expunge copyuid")
