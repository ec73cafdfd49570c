package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The exit statuses.
const (
	exitClean   = 0 // nothing new was found
	exitFound   = 1 // a new violation
	exitTrouble = 2 // usage, or the environment
)

// errFound says that a violation was found and has been reported.
var errFound = errors.New("a violation was found")

// errTold says that there was trouble and that it has been told of.
var errTold = errors.New("there was trouble")

// usageError is a command line that makes no sense.
type usageError struct {
	error
	command string // whose help tells more, "" for that of the one that returns it
}

func usagef(format string, args ...any) error {
	return usageError{error: fmt.Errorf(format, args...)}
}

// status turns the error of a subcommand into the exit status, and says what is
// wrong in one line. Usage errors have a second one that points at the help.
func (a *app) status(err error) int {
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFound):
		return exitFound
	case errors.Is(err, errTold):
		return exitTrouble
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted before anything was tested")
	}
	a.tell(err)
	var usage usageError
	if errors.As(err, &usage) {
		command := strings.TrimPrefix(strings.TrimPrefix(usage.command, "imapcheck"), " ")
		fmt.Fprintln(a.err, strings.Join(strings.Fields("Try: "+a.name+" "+command+" --help"), " "))
	}
	return exitTrouble
}

// tell says what is wrong in one line.
func (a *app) tell(err error) { fmt.Fprintf(a.err, "imapcheck: %s\n", oneLine(err.Error())) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// quoted is a value from outside as part of a message.
func quoted(s string) string { return strconv.QuoteToASCII(s) }
