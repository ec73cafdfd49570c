package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// destination is the mailbox that APPEND, COPY or MOVE adds to. Where there is none
// the command is refused, with TRYCREATE if it can be made (sections 6.3.11, 6.4.7).
func (a *answer) destination(box AString) *Folder {
	name := FoldInbox(box.S)
	b := a.ref.Boxes[name]
	if b == nil {
		code := ""
		if a.m.creatable(name) {
			code = "TRYCREATE"
		}
		a.no(code, "There is no such mailbox")
	}
	return b
}

// append answers APPEND (section 6.3.11). The time at which a message without a date
// comes in is always the same.
func (a *answer) append(c Append) {
	b := a.destination(c.Box)
	if b == nil {
		return
	}
	date, err := time.Parse("_2-Jan-2006 15:04:05 -0700", c.Date)
	if c.Date == "" {
		date, err = sinceThen, nil
	}
	switch {
	case err != nil:
		a.no("", "There is no such day")
		return
	case c.Message == "":
		a.no("", "There is no message")
		return
	case oddFlags(c):
		a.refuse("There is no such flag")
		return
	}
	m := Mail{Body: c.Message, Date: date}
	for _, f := range c.Flags {
		m.Set(systemFlag(f), true)
	}
	uid := b.Add(m)
	a.ok(a.uidCode("APPENDUID", b, One(uid)))
}

// systemFlag is a flag as section 2.3.2 spells it.
func systemFlag(flag string) string {
	for _, f := range systemFlags {
		if strings.EqualFold(f, flag) {
			return f
		}
	}
	return flag
}

// uidCode is a code of RFC 4315, nil where that is not advertised.
func (a *answer) uidCode(name string, b *Folder, sets ...Set) *Code {
	if !a.m.Profile.Has("UIDPLUS") {
		return nil
	}
	c := &Code{Name: name, Num: b.Validity, Args: fmt.Sprint(b.Validity), Sets: sets}
	for _, set := range sets {
		c.Args += " " + set.String()
	}
	return c
}

// copy answers COPY and MOVE.
func (a *answer) copy(c Copy) {
	places, ok := a.ses.places(c.Set, c.UID)
	if !ok {
		a.refuse("There is no such message")
		return
	}
	gone := slices.ContainsFunc(places, a.ses.gone)
	switch {
	case c.Move && a.ses.ReadOnly:
		a.no("", "The mailbox is selected read-only")
		return
	case gone && !c.UID: // RFC 2180 section 4.4.1
		a.no("EXPUNGEISSUED", "Some of the messages are gone")
		return
	}
	places = slices.DeleteFunc(places, a.ses.gone)
	to := a.destination(c.Box)
	if to == nil {
		return
	}
	if len(places) == 0 {
		a.ok(nil)
		return
	}
	var from, copies []uint32
	for _, i := range places {
		uid := a.ses.Told[i].UID
		from = append(from, uid)
		copies = append(copies, to.Add(a.ses.Box.Mail[a.ses.Box.Find(uid)]))
	}
	code := a.uidCode("COPYUID", to, ranges(from), ranges(copies))
	if !c.Move {
		a.ok(code)
		return
	}
	a.ses.Box.Mail = slices.DeleteFunc(a.ses.Box.Mail, func(m Mail) bool { return slices.Contains(from, m.UID) })
	if code != nil { // RFC 6851 section 4.3
		a.note(code, "moved")
	}
	a.ok(nil)
}

// ranges is the set of ascending numbers.
func ranges(list []uint32) (set Set) {
	for i := 0; i < len(list); {
		k := i
		for k+1 < len(list) && list[k+1] == list[k]+1 {
			k++
		}
		r := Range{From: Num{N: list[i]}, Single: true}
		if k > i {
			r.To, r.Single = Num{N: list[k]}, false
		}
		set = append(set, r)
		i = k + 1
	}
	return set
}

// store answers STORE (section 6.4.6).
func (a *answer) store(c Store) {
	places, ok := a.ses.places(c.Set, c.UID)
	switch {
	case !ok:
		a.refuse("There is no such message")
		return
	case oddFlags(c):
		a.refuse("There is no such flag")
		return
	case a.ses.ReadOnly:
		a.no("", "The mailbox is selected read-only")
		return
	}
	for _, i := range places {
		t := &a.ses.Told[i]
		at := a.ses.Box.Find(t.UID)
		if at < 0 {
			continue
		}
		m := &a.ses.Box.Mail[at]
		if c.Op == 0 {
			m.Flags = nil
		}
		for _, f := range c.Flags {
			m.Set(systemFlag(f), c.Op != '-')
		}
		if t.Flags = m.Flags; !c.Silent {
			a.show(i, nil, Att{Name: "FLAGS", Origin: -1, Flags: t.shown()})
		}
	}
	a.ok(nil)
}
