package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

const (
	defaultTarget  = "mem"
	defaultTimeout = 10 * time.Second
	passwordEnv    = "IMAPCHECK_PASSWORD"
)

// connection is what the flags say about how to reach a target.
type connection struct {
	cmd          *cobra.Command
	options      target.Options
	passwordFile string
	notice       func(string) // where the target's notices go
}

// connectionFlags gives cmd the flags.
func connectionFlags(cmd *cobra.Command) *connection {
	c := &connection{cmd: cmd}
	f := cmd.Flags()
	f.StringVar(&c.options.User, "user", "", "the account's `NAME` at an address (default \"user\"); \"%d\" in it is a number from 1 to --users")
	f.IntVar(&c.options.Users, "users", 0, "how many accounts (`N`) a --user with \"%d\" names")
	f.StringVar(&c.passwordFile, "password-file", "", "read the password from the first line of `FILE`")
	f.StringVar(&c.options.Password, "password", "", "the `PASSWORD`, which others on this machine can see here (default $"+passwordEnv+", else \"pass\")")
	f.DurationVar(&c.options.Timeout, "timeout", defaultTimeout, "how long (`D`) the server may take for a response")
	f.DurationVar(&c.options.Wait, "wait", time.Minute, "how long (`D`) to wait for a server at an address that takes no more connections and may be started again")
	c.notice = func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) }
	c.options.Notice = func(line string) { c.notice(line) }
	f.BoolVar(&c.options.StartTLS, "starttls", false, "begin every connection to an imap:// address with STARTTLS")
	f.StringVar(&c.options.CA, "ca", "", "verify the server's certificate by those in `FILE` (PEM)")
	f.BoolVar(&c.options.Insecure, "insecure", false, "take any certificate")
	f.BoolVar(&c.options.Destroy, "i-may-destroy-this-account", false, "allow an address that is not loopback: all mail of the account is lost")
	return c
}

// open opens the target and logs in once, so that a server that nothing can be
// said about is known before anything is counted.
func (c *connection) open(ctx context.Context, spec string) (*fuzz.Driver, error) {
	switch {
	case c.options.Timeout <= 0:
		return nil, usagef("--timeout %v: it has to be more than nothing", c.options.Timeout)
	case c.options.Wait < 0:
		return nil, usagef("--wait %v: it cannot be negative", c.options.Wait)
	}
	o := c.options
	var err error
	if o.Password, err = c.password(); err != nil {
		return nil, err
	}
	t, err := target.Open(spec, o)
	if err != nil {
		return nil, err
	}
	d := &fuzz.Driver{Target: t, Machine: model.New(), Session: fuzz.SessionOptions{Timeout: o.Timeout}}
	if d.Machine.Profile, err = d.Probe(ctx); err != nil {
		t.Close()
		return nil, err
	}
	return d, nil
}

// password is that of --password-file, of --password, or of the environment.
func (c *connection) password() (string, error) {
	if c.passwordFile == "" {
		if c.cmd.Flags().Changed("password") {
			return c.options.Password, nil
		}
		return os.Getenv(passwordEnv), nil
	}
	if c.cmd.Flags().Changed("password") {
		return "", usagef("--password and --password-file: give one of them")
	}
	b, err := os.ReadFile(c.passwordFile)
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("password: the first line of %s is empty", c.passwordFile)
	}
	return line, nil
}

// again are the flags that reach the target once more.
func (c *connection) again(spec string) string {
	return strings.Join(append([]string{"--target", report.ShellWord(spec)}, c.flags()...), " ")
}

// flags are those of the command line. A password is never among them.
func (c *connection) flags() (words []string) {
	add := func(name, value string) {
		if c.cmd.Flags().Changed(name) {
			words = append(words, "--"+name, report.ShellWord(value))
		}
	}
	add("user", c.options.User)
	add("users", strconv.Itoa(c.options.Users))
	add("password-file", c.passwordFile)
	add("timeout", c.options.Timeout.String())
	add("wait", c.options.Wait.String())
	add("ca", c.options.CA)
	for _, flag := range []struct {
		name string
		on   bool
	}{{"starttls", c.options.StartTLS}, {"insecure", c.options.Insecure}} {
		if flag.on {
			words = append(words, "--"+flag.name)
		}
	}
	if c.options.Destroy {
		words = append(words, "--i-may-destroy-this-account")
	}
	return words
}

// levelFlag is the value of --level.
type levelFlag model.Level

// String implements pflag.Value.
func (l *levelFlag) String() string { return strings.ToLower(model.Level(*l).String()) }

// Type implements pflag.Value.
func (l *levelFlag) Type() string { return "must|should" }

// Set implements pflag.Value.
func (l *levelFlag) Set(s string) error {
	for _, level := range []model.Level{model.MUST, model.SHOULD} {
		if strings.EqualFold(s, level.String()) {
			*l = levelFlag(level)
			return nil
		}
	}
	return fmt.Errorf("must or should")
}

// levelOf gives cmd the flag --level.
func levelOf(cmd *cobra.Command) *levelFlag {
	l := levelFlag(model.SHOULD)
	cmd.Flags().Var(&l, "level", "leave out findings below this level")
	return &l
}
