package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// theme is what a trace is about: commands that it has more of than other traces, and
// how much of it is odd. What a server does wrong takes several commands as a rule that
// have to do with each other.
type theme struct {
	commands []string // without UID before them
	odds
}

// Most traces have little that is odd: behind it less is known of the server.
var (
	few    = odds{4, 1, 2}
	themes = []theme{
		{[]string{"CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "STATUS"}, few},
		{[]string{"STORE", "EXPUNGE", "CLOSE", "SELECT", "EXAMINE", "FETCH"}, few},
		{[]string{"FETCH", "SEARCH", "APPEND"}, few},
		{[]string{"APPEND", "COPY", "MOVE", "SELECT", "STATUS", "EXPUNGE"}, few},
		{nil, few},
		{nil, odds{20, 8, 8}},
	}
)

// often is by how much a theme's commands are more likely.
const often = 4

// about has the source choose a theme.
func (g *generator) about() {
	t := themes[g.IntN(len(themes))]
	g.odds = t.odds
	if len(t.commands) == 0 {
		return
	}
	all := make(map[model.Phase][]one, len(g.weights))
	for phase, list := range g.weights {
		list = slices.Clone(list)
		for i, e := range list {
			if slices.Contains(t.commands, strings.TrimPrefix(e.name, "UID ")) {
				list[i].weight *= often
			}
		}
		all[phase] = list
	}
	g.weights = all
}
