package fuzz_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"regexp"
	"sync/atomic"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// count is the target, with the number of its accounts and of the commands that were sent
// kept in a file: accounts, commands, and accounts again, for all inputs are run.
func count(t target.Target, file string) target.Target {
	return &counted{Target: t, file: file}
}

type counted struct {
	target.Target
	file           string
	runs, commands atomic.Int64
}

func (c *counted) Open(ctx context.Context, f model.Fixture) (target.Instance, error) {
	const often = 20 // runs
	if n := c.runs.Add(1); n%often == 0 {
		if err := c.save(); err != nil {
			return nil, err
		}
	}
	in, err := c.Target.Open(ctx, f)
	return plantedInstance{in, func(conn net.Conn) net.Conn { return countedConn{conn, &c.commands} }}, err
}

func (c *counted) save() error {
	return os.WriteFile(c.file, fmt.Appendln(nil, c.runs.Load(), c.commands.Load(), c.runs.Load()), 0o666)
}

func (c *counted) Close() error {
	if err := c.save(); err != nil {
		return err
	}
	return c.Target.Close()
}

// countedConn counts the commands by their tags: each is written by itself.
type countedConn struct {
	net.Conn
	commands *atomic.Int64
}

var tagged = regexp.MustCompile(`^A[0-9]+ `)

func (c countedConn) Write(b []byte) (int, error) {
	if tagged.Match(b) {
		c.commands.Add(1)
	}
	return c.Conn.Write(b)
}
