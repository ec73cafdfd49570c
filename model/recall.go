package model

import "slices"

// recall is the simplest store that agrees with what is known.
func recall(s *State) *reference {
	r := &reference{boxes: map[string]*folder{}, subscribed: map[string]bool{}}
	boxes := map[*Box]*folder{}
	of := func(b *Box) *folder {
		if b == nil {
			b = &Box{}
		}
		if boxes[b] == nil {
			boxes[b] = b.folder()
			r.validity = max(r.validity, boxes[b].validity)
		}
		return boxes[b]
	}
	for _, name := range s.sorted() {
		n := s.Names[name]
		if n.Subscribed == Yes {
			r.subscribed[name] = true
		}
		if n.Exists == Yes {
			r.boxes[name] = of(n.Box)
		}
		if n.grave != nil {
			r.validity = max(r.validity, n.grave.validity)
		}
	}
	for i := range s.Conns {
		ses, v := r.session(i), s.Conns[i].View
		if ses.phase = s.Conns[i].Phase; ses.phase != Selected {
			continue
		}
		if v == nil { // it is not followed
			v = newView("", &Box{}, false)
		}
		ses.box, ses.readOnly = of(v.Box), v.ReadOnly
		for _, m := range v.Msgs {
			if at := slices.Index(v.Box.Msgs, m); at >= 0 {
				t := ses.box.mail[at]
				t.recent = v.recent[m]
				ses.told = append(ses.told, t)
			}
		}
	}
	return r
}

// folder is the simplest mailbox that agrees with what is known of b.
func (b *Box) folder() *folder {
	f := &folder{validity: max(b.Validity, 1), next: 1}
	for _, m := range b.Msgs {
		f.next = max(f.next, m.minUID, m.UID)
		t := mail{body: m.Body, date: m.Date, flags: slices.Clone(m.Flags.Set)}
		if t.date.IsZero() {
			t.date = sinceThen
		}
		f.add(t)
	}
	f.next = max(f.next, b.Next, b.lastUID+1)
	return f
}
