package servetest

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asProgram is set in the environment of a process that is to be the program.
const asProgram = "SERVETEST_PROGRAM"

// Main is the body of a TestMain. The program is tested in processes of its
// own, which run the test's executable: program is the main function.
func Main(m *testing.M, program func()) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	program()
	os.Exit(0)
}

// Program is a process that runs the program.
type Program struct {
	Cmd    *exec.Cmd
	Stdin  io.Closer
	Stderr bytes.Buffer
	stdout *bufio.Reader
}

// Start starts the program; with the arguments of change it can be given more
// than an environment. The test ends it and fails if its status is not 0.
func Start(t *testing.T, change func(*exec.Cmd)) *Program {
	t.Helper()
	p := spawn(t, change)
	t.Cleanup(func() { p.End(t) })
	return p
}

func spawn(t *testing.T, change func(*exec.Cmd)) *Program {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &Program{Cmd: exec.Command(self)}
	p.Cmd.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+t.TempDir())
	p.Cmd.Stderr = &p.Stderr
	p.Stdin, err = p.Cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := p.Cmd.StdoutPipe()
	require.NoError(t, err)
	p.stdout = bufio.NewReader(stdout)
	if change != nil {
		change(p.Cmd)
	}
	require.NoError(t, p.Cmd.Start())
	return p
}

// Line is the next line of standard output.
func (p *Program) Line(t *testing.T) string {
	t.Helper()
	line, err := p.stdout.ReadString('\n')
	require.NoError(t, err, "%s%s", line, &p.Stderr)
	return strings.TrimSuffix(line, "\n")
}

// Address is where the program says that it listens.
func (p *Program) Address(t *testing.T) string {
	t.Helper()
	line := p.Line(t)
	addr, ok := strings.CutPrefix(line, "listening on ")
	require.True(t, ok, line)
	return addr
}

// End ends the program, unless it has ended, by the end of its standard input.
func (p *Program) End(t *testing.T) {
	t.Helper()
	if p.Cmd.ProcessState == nil {
		p.Stdin.Close()
		assert.NoError(t, p.Cmd.Wait(), "%s", &p.Stderr)
	}
}
