package model

import (
	"slices"
	"strings"
)

// Enable is ENABLE (RFC 5161). Caps are capability names.
type Enable struct{ Caps []string }

// UIDExpunge is UID EXPUNGE (RFC 4315 section 2.1).
type UIDExpunge struct{ Set Set }

// Name implements [Command].
func (Enable) Name() string     { return "ENABLE" }
func (UIDExpunge) Name() string { return "UID EXPUNGE" }

func (Enable) command()     {}
func (UIDExpunge) command() {}

// extension is a command that a capability brings.
type extension struct {
	name       string
	capability string
	phase      Phase // from here on the command is allowed, up to Selected
}

// extensions are the commands beyond RFC 3501 that the model has rules for.
// UNSELECT, NAMESPACE and IDLE are [Simple] commands, MOVE is a [Copy].
var extensions = []extension{
	{"NAMESPACE", "NAMESPACE", Authenticated}, // RFC 2342
	{"ENABLE", "ENABLE", Authenticated},       // RFC 5161
	{"IDLE", "IDLE", Authenticated},           // RFC 2177
	{"UNSELECT", "UNSELECT", Selected},        // RFC 3691
	{"UID EXPUNGE", "UIDPLUS", Selected},      // RFC 4315
	{"MOVE", "MOVE", Selected},                // RFC 6851
	{"UID MOVE", "MOVE", Selected},
}

// extensionOf is the extension that has a command of that name, nil for none.
func extensionOf(name string) *extension {
	for i := range extensions {
		if extensions[i].name == name {
			return &extensions[i]
		}
	}
	return nil
}

// Has reports whether the target advertises a capability. The name is in upper
// case.
func (p Profile) Has(capability string) bool { return slices.Contains(p.Caps, capability) }

// Understood are the capabilities of which the model knows the commands or the
// data, or that they add to the grammar of commands, and STARTTLS and
// LOGINDISABLED, in order: what a profile keeps of all that a server advertises.
func Understood(caps []string) []string {
	var list []string
	for _, c := range caps {
		c = strings.ToUpper(c)
		switch c {
		case "ENABLE", "IDLE", "LITERAL+", "LITERAL-", "MOVE", "NAMESPACE", "UIDPLUS", "UNSELECT", "STARTTLS", "LOGINDISABLED":
		default:
			if _, known := grammars[c]; !known {
				continue
			}
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	slices.Sort(list)
	return list
}

// Commands are the names of the commands that the target knows: those of RFC
// 3501, in the order of [CommandNames], and those of its extensions.
func (p Profile) Commands() []string {
	names := slices.Clone(CommandNames)
	for _, e := range extensions {
		if p.Has(e.capability) {
			names = append(names, e.name)
		}
	}
	return names
}

// knows reports whether the target has the command: all those of RFC 3501, and
// those of its extensions.
func (m Machine) knows(name string) bool {
	e := extensionOf(name)
	return e == nil || m.Profile.Has(e.capability)
}
