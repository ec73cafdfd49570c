package imaptest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Header is what a script needs before its first command.
type Header struct {
	Capabilities []string // in upper case
	CapLine      int      // where they are
	Connections  int
	Messages     int // [AllMessages] for all of the mbox
	State        State
	Strict       bool // no untagged responses but those that the script has
}

// AllMessages stands for as many messages as there are.
const AllMessages = -1

// State is how far the set-up goes.
type State uint8

// The states: each begins with what the one before it does.
const (
	NonAuth  State = iota
	Auth           // logged in, and the mailbox does not exist
	Created        // it exists
	Appended       // it holds the messages
	Selected       // each connection has selected it
)

var stateNames = []string{"nonauth", "auth", "created", "appended", "selected"}

// maxConns and maxMessages bound what a script can ask for.
const (
	maxConns    = 100
	maxMessages = 10_000
)

var keys = []string{"capabilities", "connections", "messages", "state", "ignore_extra_untagged"}

// isKey reports whether a line of a header may begin with the word.
func isKey(key string) bool {
	key = strings.ToLower(strings.TrimRight(key, " "))
	user, ok := strings.CutPrefix(key, "user ")
	_, numbered := number(user, maxConns)
	return slices.Contains(keys, key) || ok && numbered
}

// header reads a line of the header.
func (p *parser) header(text string) error {
	key, value, ok := strings.Cut(text, ":")
	key, value = strings.ToLower(strings.TrimRight(key, " ")), strings.Trim(value, " \t")
	if !ok || !isKey(key) {
		return fmt.Errorf("no line of a header begins like %q", short(text))
	}
	if p.head[key] {
		return fmt.Errorf("a second %q line", key)
	}
	if p.head == nil {
		p.head = map[string]bool{}
	}
	p.head[key] = true
	s := p.script
	switch key {
	case "capabilities":
		s.Capabilities, s.CapLine = strings.Fields(strings.ToUpper(value)), p.n
	case "connections":
		if s.Connections, ok = number(value, maxConns); !ok {
			return fmt.Errorf("connections are 1 to %d, not %q", maxConns, short(value))
		}
	case "messages":
		if strings.EqualFold(value, "all") {
			return nil
		}
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || n > maxMessages {
			return fmt.Errorf("messages are 0 to %d, or all, not %q", maxMessages, short(value))
		}
		s.Messages = int(n)
	case "state":
		i := slices.Index(stateNames, strings.ToLower(value))
		if i < 0 {
			return fmt.Errorf("a state is %s, not %q", strings.Join(stateNames, ", "), short(value))
		}
		s.State = State(i)
	case "ignore_extra_untagged":
		switch strings.ToLower(value) {
		case "yes", "no":
			s.Strict = strings.EqualFold(value, "no")
		default:
			return fmt.Errorf("ignore_extra_untagged is yes or no, not %q", short(value))
		}
	default:
		if !slices.Contains([]string{"$user", "${user}", "$username", "${username}"}, value) {
			return fmt.Errorf("%s: a trace has one account, $user", key)
		}
	}
	return nil
}

// short is as much of a text as an error shows.
func short(s string) string { return s[:min(len(s), 60)] }
