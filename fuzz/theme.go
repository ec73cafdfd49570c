package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// themes are what traces are about: groups of commands that one trace in so many has more
// of than of all others. What a server does wrong takes several commands as a rule that
// have to do with each other.
var themes = [][]string{
	{"CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "STATUS"},
	{"STORE", "EXPUNGE", "CLOSE", "SELECT", "EXAMINE", "FETCH"},
	{"FETCH", "SEARCH", "APPEND"},
	{"APPEND", "COPY", "MOVE", "SELECT", "STATUS", "EXPUNGE"},
	nil, nil,
}

// often is by how much a theme's commands are more likely.
const often = 4

// about makes the commands of a theme, chosen here, more likely than they are.
func (g *generator) about() {
	theme := themes[g.IntN(len(themes))]
	if theme == nil {
		return
	}
	all := make(map[model.Phase][]one, len(g.weights))
	for phase, list := range g.weights {
		list = slices.Clone(list)
		for i, e := range list {
			if slices.Contains(theme, strings.TrimPrefix(e.name, "UID ")) {
				list[i].weight *= often
			}
		}
		all[phase] = list
	}
	g.weights = all
}
