package model

import "slices"

// recall is the simplest store that agrees with what is known.
func recall(s *State) *Account {
	r := &Account{Boxes: map[string]*Folder{}, Subscribed: map[string]bool{}}
	boxes := map[*Box]*Folder{}
	of := func(b *Box) *Folder {
		if b == nil {
			b = &Box{}
		}
		if boxes[b] == nil {
			boxes[b] = b.folder()
			r.Validity = max(r.Validity, boxes[b].Validity)
		}
		return boxes[b]
	}
	for _, name := range s.sorted() {
		n := s.Names[name]
		if n.Subscribed == Yes {
			r.Subscribed[name] = true
		}
		if n.Exists == Yes {
			r.Boxes[name] = of(n.Box)
		}
		if n.grave != nil {
			r.Validity = max(r.Validity, n.grave.validity)
		}
	}
	for i := range s.Conns {
		ses, v := r.Session(i), s.Conns[i].View
		ses.TLS = s.Conns[i].TLS
		if ses.Phase = s.Conns[i].Phase; ses.Phase != Selected {
			continue
		}
		if v == nil { // it is not followed
			v = newView("", &Box{}, false)
		}
		ses.Box, ses.ReadOnly = of(v.Box), v.ReadOnly
		for _, m := range v.Msgs {
			if at := slices.Index(v.Box.Msgs, m); at >= 0 {
				t := ses.Box.Mail[at]
				t.Recent = v.recent[m]
				ses.Told = append(ses.Told, t)
			}
		}
	}
	return r
}

// folder is the simplest mailbox that agrees with what is known of b.
func (b *Box) folder() *Folder {
	f := &Folder{Validity: max(b.Validity, 1), Next: 1}
	for _, m := range b.Msgs {
		f.Next = max(f.Next, m.minUID, m.UID)
		t := Mail{Body: m.Body, Date: m.Date, Flags: slices.Clone(m.Flags.Set)}
		if t.Date.IsZero() {
			t.Date = sinceThen
		}
		f.Add(t)
	}
	f.Next = max(f.Next, b.Next, b.lastUID+1)
	return f
}
