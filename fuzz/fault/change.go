package fault

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// each changes the data of that type in the answer.
func each[T model.Data](c *Call, do func(*T)) {
	for i := range c.Reply.Responses {
		if d, ok := c.Reply.Responses[i].Data.(T); ok {
			do(&d)
			c.Reply.Responses[i].Data = d
		}
	}
}

// drop takes the data of that type out of the answer.
func drop[T model.Data](c *Call) {
	c.Drop(func(r *model.Response) bool { _, is := r.Data.(T); return is })
}

// tell adds data before the completion.
func (c *Call) tell(d model.Data) { c.Put(model.Response{Tag: "*", Data: d}) }

// code is the response code of that name in the answer, nil for none.
func (c *Call) code(name string) *model.Code {
	for _, r := range c.Reply.Responses {
		if r.Code != nil && r.Code.Name == name {
			return r.Code
		}
	}
	return nil
}

// fetched changes the FETCH responses, with the messages that they are of, as the
// session knew them before.
func (c *Call) fetched(do func(m model.Mail, d *model.FetchData)) {
	told := slices.Clone(c.Was.Told)
	rs := c.Reply.Responses
	for i := range rs {
		switch d := rs[i].Data.(type) {
		case model.Expunge:
			if int(d.N) <= len(told) {
				told = slices.Delete(told, int(d.N)-1, int(d.N))
			}
		case model.FetchData:
			if int(d.N) <= len(told) {
				do(told[d.N-1], &d)
				rs[i].Data = d
			}
		}
	}
}

// items changes the data items of FETCH responses.
func (c *Call) items(do func(m model.Mail, a *model.Att)) {
	c.fetched(func(m model.Mail, d *model.FetchData) {
		for i := range d.Atts {
			do(m, &d.Atts[i])
		}
	})
}

// stored is the message of that UID in the selected mailbox, nil if there is none.
func (c *Call) stored(uid uint32) *model.Mail {
	b := c.Session().Box
	if b == nil {
		return nil
	}
	if at := b.Find(uid); at >= 0 {
		return &b.Mail[at]
	}
	return nil
}

// setFlags gives a message other flags, and does not tell the session.
func (c *Call) setFlags(m *model.Mail, flags []string) {
	m.Flags = slices.Clone(flags)
	for i := range c.Session().Told {
		if t := &c.Session().Told[i]; t.UID == m.UID {
			t.Flags = m.Flags
		}
	}
}

// box is the mailbox of that name, nil if there is none.
func (c *Call) box(name string) *model.Folder { return c.Account.Boxes[model.FoldInbox(name)] }

// target is the first mailbox name of the command, in the spelling of the account.
func (c *Call) target() string {
	if names := model.BoxNames(c.Cmd); len(names) > 0 {
		return model.FoldInbox(strings.TrimSuffix(names[0], c.Machine.Profile.Delim))
	}
	return ""
}

// inferior reports whether a mailbox is below another.
func (c *Call) inferior(name, of string) bool {
	return strings.HasPrefix(name, of+c.Machine.Profile.Delim)
}

// sets changes the sets of numbers that the command names messages by.
func (c *Call) sets(do func(set model.Set, uid bool) model.Set) {
	switch cmd := c.Cmd.(type) {
	case model.Fetch:
		cmd.Set = do(cmd.Set, cmd.UID)
		c.Cmd = cmd
	case model.Store:
		cmd.Set = do(cmd.Set, cmd.UID)
		c.Cmd = cmd
	case model.Copy:
		cmd.Set = do(cmd.Set, cmd.UID)
		c.Cmd = cmd
	case model.UIDExpunge:
		cmd.Set = do(cmd.Set, true)
		c.Cmd = cmd
	case model.Search:
		c.keys(func(k model.SearchKey) model.SearchKey {
			if k.Set != nil {
				k.Set = do(k.Set, k.Key == "UID")
			}
			return k
		})
	}
}

// keys changes the keys of a SEARCH, the inner ones first.
func (c *Call) keys(do func(model.SearchKey) model.SearchKey) {
	var all func([]model.SearchKey) []model.SearchKey
	all = func(list []model.SearchKey) []model.SearchKey {
		list = slices.Clone(list)
		for i := range list {
			list[i].Keys = all(list[i].Keys)
			list[i] = do(list[i])
		}
		return list
	}
	if s, ok := c.Cmd.(model.Search); ok {
		s.Keys = all(s.Keys)
		c.Cmd = s
	}
}

// but is a key, for other messages than those alone.
func (c *Call) but(k model.SearchKey, not func(model.Mail) bool) model.SearchKey {
	list := slices.DeleteFunc(slices.Clone(c.Was.Told), func(m model.Mail) bool { return !not(m) })
	if len(list) == 0 {
		return k
	}
	none := model.SearchKey{Key: "NOT", Keys: []model.SearchKey{{Key: "UID", Set: uids(list)}}}
	return model.SearchKey{Key: "(", Keys: []model.SearchKey{k, none}}
}

// uids is the set of the messages' UIDs.
func uids(list []model.Mail) (set model.Set) {
	for _, m := range list {
		set = append(set, model.One(m.UID)...)
	}
	return set
}

// named are the messages that a set is of, as the session knew them before.
func (c *Call) named(set model.Set, uid bool) (list []model.Mail) {
	told := c.Was.Told
	if len(told) == 0 {
		return nil
	}
	last := uint32(len(told))
	if uid {
		last = told[last-1].UID
	}
	for i, m := range told {
		n := uint32(i) + 1
		if uid {
			n = m.UID
		}
		if set.Contains(n, last) {
			list = append(list, m)
		}
	}
	return list
}

// old is how many of the messages that the session knows now it knew before.
func (c *Call) old() int {
	last := uint32(0)
	if n := len(c.Was.Told); n > 0 {
		last = c.Was.Told[n-1].UID
	}
	at := slices.IndexFunc(c.Session().Told, func(m model.Mail) bool { return m.UID > last })
	if at < 0 {
		return len(c.Session().Told)
	}
	return at
}

// withhold takes back the news of messages that have come.
func (c *Call) withhold() {
	ses := c.Session()
	if ses.Box == nil || ses.Box != c.Was.Box || c.Is("SELECT", "EXAMINE") {
		return
	}
	n := c.old()
	for _, m := range ses.Told[n:] {
		if at := ses.Box.Find(m.UID); at >= 0 {
			ses.Box.Mail[at].Recent = m.Recent
		}
	}
	if n < len(ses.Told) {
		ses.Told = ses.Told[:n]
		drop[model.Exists](c)
		drop[model.Recent](c)
	}
}

// vanish takes the messages that are gone from what a session knows, and tells nobody.
func vanish(ses *model.Session) {
	if ses.Box != nil {
		ses.Told = slices.DeleteFunc(slices.Clone(ses.Told), func(m model.Mail) bool { return ses.Box.Find(m.UID) < 0 })
	}
}

// restore puts messages back into a mailbox that are not there.
func restore(b *model.Folder, list []model.Mail) {
	for _, m := range list {
		if b.Find(m.UID) >= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(b.Mail, m.UID, func(o model.Mail, uid uint32) int { return int(o.UID) - int(uid) })
		b.Mail = slices.Insert(b.Mail, at, m)
	}
}

// others are the sessions of other connections that have the mailbox selected.
func (c *Call) others(b *model.Folder) (list []*model.Session) {
	for i := range c.Account.Sessions {
		if ses := &c.Account.Sessions[i]; i != c.Conn && b != nil && ses.Box == b {
			list = append(list, ses)
		}
	}
	return list
}
