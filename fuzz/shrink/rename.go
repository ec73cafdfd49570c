package shrink

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// names gives mailboxes, keywords and message numbers the simplest names over
// the whole trace.
func (s *shrinker) names() {
	s.inbox()
	s.rename(s.boxNames(), func(c model.Command, to map[string]string) model.Command {
		return mapBoxes(mapPattern(c, to), func(name string) string { return renameBox(name, to) })
	})
	s.rename(s.keywords(), func(c model.Command, to map[string]string) model.Command {
		return mapFlags(c, func(flag string) string { return cmp.Or(to[strings.ToLower(flag)], flag) })
	})
	s.shallow()
	s.numbers()
}

// shallow gives a mailbox the name of one of its superiors or inferiors, the topmost and
// the last first, and has one of no special meaning in the place of INBOX above others.
func (s *shrinker) shallow() {
	for _, box := range distinct(boxesOf(s.steps())) {
		parts := strings.Split(box, "/")
		n := len(parts)
		if n == 1 {
			continue
		}
		shorter := [][]string{parts[:1], parts[n-1:], parts[:n-1], parts[1:]}
		if parts[0] == "INBOX" {
			shorter = append(shorter, append([]string{letters(0)}, parts[1:]...))
		}
		for _, with := range shorter {
			if to := strings.Join(with, "/"); to != "" && s.rebox(box, to) {
				break
			}
		}
	}
}

// rebox tries another name for a mailbox in all commands.
func (s *shrinker) rebox(from, to string) bool {
	return s.everywhere(func(c model.Command) model.Command {
		return mapBoxes(c, func(name string) string {
			if name == from {
				return to
			}
			return name
		})
	})
}

// name is an old name and the new one.
type name struct{ from, to string }

// rename tries one name for all, then all new names at once, and if that does not fail any
// more one by one, as far as the new name is not in use.
func (s *shrinker) rename(list []name, apply func(model.Command, map[string]string) model.Command) {
	to, used := map[string]string{}, map[string]bool{}
	for _, n := range list {
		to[n.from], used[n.from] = n.to, true
	}
	if len(list) > 1 {
		same := map[string]string{}
		for _, n := range list {
			same[n.from] = list[0].to
		}
		if s.everywhere(func(c model.Command) model.Command { return apply(c, same) }) {
			return
		}
	}
	if s.everywhere(func(c model.Command) model.Command { return apply(c, to) }) {
		return
	}
	for _, n := range list {
		if !used[n.to] && s.everywhere(func(c model.Command) model.Command {
			return apply(c, map[string]string{n.from: n.to})
		}) {
			used[n.to] = true
		}
	}
}

// everywhere tries the best trace with every command changed by f.
func (s *shrinker) everywhere(f func(model.Command) model.Command) bool {
	t := s.result.Trace
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].Cmd = f(t.Steps[i].Cmd)
	}
	return s.try(t)
}

// inbox spells INBOX in upper case, or all but its last letter.
func (s *shrinker) inbox() {
	if s.everywhere(func(c model.Command) model.Command { return mapBoxes(c, foldTop) }) {
		return
	}
	s.everywhere(func(c model.Command) model.Command {
		return mapBoxes(c, func(name string) string {
			if name != "INBOX" && model.FoldInbox(name) == "INBOX" {
				return "INBOx"
			}
			return name
		})
	})
}

// foldTop is a name with INBOX in upper case, also above others.
func foldTop(name string) string {
	top, below, deep := strings.Cut(name, "/")
	if top = model.FoldInbox(top); deep {
		top += "/" + below
	}
	return top
}

// boxNames are the components of the mailbox names but INBOX, and what to call
// them: a, b, c in the order of first use.
func (s *shrinker) boxNames() (list []name) {
	seen := map[string]bool{"": true}
	for _, step := range s.steps() {
		mapBoxes(step.Cmd, func(box string) string {
			for i, part := range strings.Split(box, "/") {
				if seen[part] || i == 0 && model.FoldInbox(part) == "INBOX" {
					continue
				}
				seen[part] = true
				list = append(list, name{part, letters(len(list))})
			}
			return box
		})
	}
	return list
}

// letters is a, b … z, aa, ab … for 0, 1 …
func letters(n int) string {
	s := string(rune('a' + n%26))
	if n < 26 {
		return s
	}
	return letters(n/26-1) + s
}

// renameBox gives the components of a hierarchical name their new names. INBOX
// is only special as the first (RFC 3501 section 5.1).
func renameBox(box string, to map[string]string) string {
	parts := strings.Split(box, "/")
	for i, part := range parts {
		if i > 0 || model.FoldInbox(part) != "INBOX" {
			parts[i] = cmp.Or(to[part], part)
		}
	}
	return strings.Join(parts, "/")
}

// mapPattern renames what stands between the delimiters and wildcards of LIST
// and LSUB.
func mapPattern(c model.Command, to map[string]string) model.Command {
	list, ok := c.(model.List)
	if !ok {
		return c
	}
	for _, a := range []*model.AString{&list.Ref, &list.Pattern} {
		var out strings.Builder
		for rest := a.S; rest != ""; {
			end := strings.IndexAny(rest, "/*%")
			if end < 0 {
				end = len(rest)
			}
			out.WriteString(renameBox(rest[:end], to))
			if end < len(rest) {
				out.WriteByte(rest[end])
				end++
			}
			rest = rest[end:]
		}
		a.S = out.String()
	}
	return list
}

// keywords are the flags of clients' own, in lower case, and what to call
// them: k1, k2 and so on.
func (s *shrinker) keywords() (list []name) {
	seen := map[string]bool{}
	for _, step := range s.steps() {
		mapFlags(step.Cmd, func(flag string) string {
			if low := strings.ToLower(flag); !strings.HasPrefix(flag, `\`) && !seen[low] {
				seen[low] = true
				list = append(list, name{low, "k" + strconv.Itoa(len(list)+1)})
			}
			return flag
		})
	}
	return list
}

// numbers replaces the numbers of all sets by 1, 2, 3 in their order, with as
// few messages in the fixture as that needs, or at least with those it has.
func (s *shrinker) numbers() {
	var used []uint32
	for _, step := range s.steps() {
		mapNums(step.Cmd, func(n model.Num) model.Num {
			used = append(used, n.N)
			return n
		})
	}
	slices.Sort(used)
	used = slices.DeleteFunc(slices.Compact(used), func(n uint32) bool { return n == 0 })
	lower := func(c model.Command) model.Command {
		return mapNums(c, func(n model.Num) model.Num {
			if i, ok := slices.BinarySearch(used, n.N); ok {
				n.N = uint32(i + 1)
			}
			return n
		})
	}
	t := s.result.Trace
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].Cmd = lower(t.Steps[i].Cmd)
	}
	t.Fixture.Messages = min(t.Fixture.Messages, len(used))
	if !s.try(t) {
		s.everywhere(lower)
	}
}
