package main

import (
	"bufio"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listen calls handle with each connection to a port of loopback.
func listen(t *testing.T, handle func(net.Conn)) (spec string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return "imap://" + l.Addr().String()
}

// says is a server that says something and then waits for the client to go.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

// memServer serves go-imap on loopback.
func memServer(t *testing.T, user, password string) (spec string) {
	t.Helper()
	u := imapmemserver.NewUser(user, password)
	require.NoError(t, u.Create("INBOX", nil))
	users := imapmemserver.New()
	users.AddUser(u)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return "imap://" + l.Addr().String()
}

func TestServersThatCannotBeTested(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(passwordEnv, "")
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, nobody.Close())
	for name, c := range map[string]struct{ spec, want string }{
		"nobody listens":  {"imap://" + nobody.Addr().String(), "connection refused"},
		"never greets":    {listen(t, says("")), "did not send its greeting within 200ms"},
		"closes at once":  {listen(t, func(net.Conn) {}), "closed the connection before its greeting"},
		"half a greeting": {listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "* OK hal") }), "in the middle of a line"},
		"no line end":     {listen(t, says("* OK hal")), "did not send its greeting within 200ms"},
		"floods": {listen(t, func(c net.Conn) {
			for block := strings.Repeat("x", 1<<16); ; {
				if _, err := io.WriteString(c, block); err != nil {
					return
				}
			}
		}), "floods the client"},
		"not IMAP":       {listen(t, says("220 mail.example.org ESMTP\r\n")), "is not an IMAP server"},
		"turns away":     {listen(t, says("* BYE too busy\r\n")), "turns connections away: * BYE too busy"},
		"stalls":         {listen(t, says("* OK hello\r\n")), "did not send the answer to LOGIN"},
		"wrong password": {memServer(t, "user", "another"), "LOGIN"},
	} {
		for _, command := range []string{"fuzz", "replay"} {
			t.Run(name+", "+command, func(t *testing.T) {
				t.Parallel()
				args := []string{"fuzz", c.spec}
				if command == "replay" {
					args = []string{"replay", "-", "--target", c.spec}
				}
				var out, errs strings.Builder
				status := run(append(args, "--timeout", "200ms"), strings.NewReader("C0: NOOP\n"), &out, &errs)
				assert.Equal(t, exitTrouble, status)
				assert.Empty(t, out.String())
				assert.Equal(t, 1, strings.Count(errs.String(), "\n"), errs.String())
				assert.Contains(t, errs.String(), c.want)
			})
		}
	}
}

// breaking stands before a server and calls fault in the place of the answer to
// the third command of a trace. Accounts are prepared without a fault.
func breaking(t *testing.T, spec string, fault func(client net.Conn)) string {
	return listen(t, func(client net.Conn) {
		server, err := net.Dial("tcp", strings.TrimPrefix(spec, "imap://"))
		if err != nil {
			return
		}
		defer server.Close()
		go func() { _, _ = io.Copy(client, server) }()
		for in := bufio.NewReader(client); ; {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if strings.HasPrefix(line, "A3 ") {
				fault(client)
				return
			}
			if _, err := io.WriteString(server, line); err != nil {
				return
			}
		}
	})
}

func TestFaultsThatAreFindings(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(passwordEnv, "")
	mem := memServer(t, "user", "pass")
	for name, c := range map[string]struct {
		fault func(net.Conn)
		want  string
	}{
		"closes in mid-line": {func(c net.Conn) { _, _ = io.WriteString(c, "A3 OK hal") }, "grammar:CRLF/"},
		"stalls":             {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, "completes/"},
	} {
		status, stdout, stderr := invoke("fuzz", breaking(t, mem, c.fault),
			"--timeout", "200ms", "--steps", "3", "--commands", "3", "--no-shrink", "--save", "")
		assert.Equal(t, exitFound, status, "%s: %s", name, stderr)
		assert.Contains(t, stdout, "\nMUST "+c.want, name)
	}
}

func TestServerThatGoesAway(t *testing.T) {
	t.Chdir(t.TempDir())
	mem := memServer(t, "user", "pass")
	var connections atomic.Int32
	spec := breaking(t, mem, func(net.Conn) {})
	front := listen(t, func(c net.Conn) {
		if connections.Add(1) > 12 {
			return // a port that somebody else has taken
		}
		server, err := net.Dial("tcp", strings.TrimPrefix(spec, "imap://"))
		if err != nil {
			return
		}
		defer server.Close()
		go func() { _, _ = io.Copy(server, c) }()
		_, _ = io.Copy(c, server)
	})
	status, stdout, stderr := invoke("fuzz", front, "--timeout", "1s", "--steps", "3", "--commands", "900", "--no-shrink")
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, stdout, "Summary", "what was done is reported first")
	last := stderr[strings.LastIndex(strings.TrimSuffix(stderr, "\n"), "\n")+1:]
	assert.Contains(t, last, "imapcheck: ")
}

func TestPasswordIsNeverShown(t *testing.T) {
	const secret = "corr3ct-h0rse"
	t.Setenv(passwordEnv, "")
	spec := memServer(t, "mary", secret)
	for name, flags := range map[string][]string{
		"flag":        {"--password", secret},
		"file":        {"--password-file", "password"},
		"environment": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile("password", []byte(secret+"\n"), 0o600))
			if name == "environment" {
				t.Setenv(passwordEnv, secret)
			}
			args := append([]string{"fuzz", spec, "--user", "mary", "--commands", "40", "--no-shrink", "--json", "report.json", "--write-known", "known.txt"}, flags...)
			status, stdout, stderr := invoke(args...)
			assert.Equal(t, exitFound, status, stderr)
			files, err := filepath.Glob("findings/*.trace")
			require.NoError(t, err)
			require.NotEmpty(t, files)
			args = append([]string{"replay", files[0], "--target", spec, "--user", "mary"}, flags...)
			_, again, more := invoke(args...)
			all := stdout + stderr + again + more
			for _, file := range append(files, "report.json", "known.txt") {
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				all += string(text)
			}
			assert.NotContains(t, all, secret)
			assert.Contains(t, stdout, "--target "+spec+" --user mary")
		})
	}
	status, stdout, stderr := invoke("fuzz", spec, "--user", "john", "--password", secret)
	assert.Equal(t, exitTrouble, status)
	assert.NotContains(t, stdout+stderr, secret)
}

// A password that stands in what a server says by chance changes no verdict.
func TestPasswordChangesNoVerdict(t *testing.T) {
	t.Chdir(t.TempDir())
	keys := func(password string) (list []string) {
		spec := memServer(t, "mary", password)
		_, stdout, stderr := invoke("fuzz", spec, "--user", "mary", "--password", password, "--commands", "800",
			"--no-shrink", "--level", "must", "--save", "", "--timeout", "1s")
		for line := range strings.Lines(stdout) {
			if key, ok := strings.CutPrefix(line, "MUST "); ok {
				list = append(list, strings.TrimSpace(key))
			}
		}
		assert.NotEmpty(t, list, stderr)
		return list
	}
	want := keys("pass")
	for _, password := range []string{"e", "OK"} {
		assert.Equal(t, want, keys(password), password)
	}
}
