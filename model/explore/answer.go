package explore

// leads are the states where a Leads property begins, in the order in which they were
// met, and by number those where Then holds.
type leads struct {
	begins []begin
	met    []bool // by number: it is in begins
	then   []bool
}

// begin is a state, and where the transition comes from behind which the property
// begins; none if it begins in any case.
type begin struct{ from, at int32 }

func (l *leads) begin(from, at int32) {
	if !l.met[at] {
		l.met[at] = true
		l.begins = append(l.begins, begin{from, at})
	}
}

// look answers what a new state answers.
func (c *checker[S, A]) look(id int32, s S) {
	for i := range c.verdicts {
		v := &c.verdicts[i]
		p := &v.Property
		if p.Kind == Leads {
			l := &c.leads[i]
			l.met, l.then = append(l.met, false), append(l.then, p.Then(s))
			if p.State != nil && p.State(s) {
				l.begin(none, id)
			}
		} else if p.State != nil && p.Kind != Ends && v.Answer == Open {
			c.answer(v, p.State(s), func() *Path[S, A] { return c.path(id) })
		}
	}
}

// take answers what a transition answers.
func (c *checker[S, A]) take(from, to int32, s S, a A, t S) {
	for i := range c.verdicts {
		v := &c.verdicts[i]
		p := &v.Property
		switch {
		case p.Step == nil || v.Answer != Open:
		case p.Kind == Leads:
			if p.Step(s, a, t) {
				c.leads[i].begin(from, to)
			}
		default:
			c.answer(v, p.Step(s, a, t), func() *Path[S, A] {
				path := c.path(from)
				path.Steps = append(path.Steps, Step[S, A]{a, t})
				return path
			})
		}
	}
}

// end answers what a state answers that no transition leaves.
func (c *checker[S, A]) end(id int32, s S) {
	for i := range c.verdicts {
		if v := &c.verdicts[i]; v.Property.Kind == Ends && v.Answer == Open && !v.Property.State(s) {
			v.Answer, v.Path = Refuted, c.path(id)
		}
	}
}

func (c *checker[S, A]) answer(v *Verdict[S, A], holds bool, path func() *Path[S, A]) {
	switch {
	case v.Property.Kind == Sometimes && holds:
		v.Answer, v.Path = Holds, path()
	case v.Property.Kind == Always && !holds:
		v.Answer, v.Path = Refuted, path()
	}
}

func (c *checker[S, A]) refuted() bool {
	for i := range c.verdicts {
		if c.verdicts[i].Answer == Refuted {
			return true
		}
	}
	return false
}

// conclude answers what only all of the visit can.
func (c *checker[S, A]) conclude() {
	for i := range c.verdicts {
		v := &c.verdicts[i]
		switch {
		case v.Answer != Open:
		case v.Property.Kind == Leads:
			c.follow(v, &c.leads[i])
		case c.ended != Complete:
		case v.Property.Kind == Sometimes:
			v.Answer = Refuted
		default:
			v.Answer = Holds
		}
	}
}

// follow looks for a way on from where a Leads property begins that avoids Then for
// ever: one that ends, or that comes back to where it was. It searches depth first;
// what was left without such a way is not entered again.
func (c *checker[S, A]) follow(v *Verdict[S, A], l *leads) {
	const white, grey, black = 0, 1, 2
	colour := make([]byte, len(c.parents))
	open := c.ended != Complete // perhaps it begins where nobody was
	type frame struct {
		id   int32
		next int
	}
	for _, first := range l.begins {
		if l.then[first.at] || colour[first.at] != white {
			continue
		}
		stack := []frame{{id: first.at}}
		colour[first.at] = grey
		found := func(last int32, loops bool) {
			v.Answer = Refuted
			if v.Path = c.path(first.at); first.from != none {
				v.Path = c.path(first.from)
				c.extend(v.Path, first.at, v.Property.Step)
			}
			at := make([]int, 0, len(stack)+1) // steps before each state of the stack
			for i, f := range stack {
				if i > 0 {
					c.extend(v.Path, f.id, nil)
				}
				at = append(at, len(v.Path.Steps))
			}
			if loops {
				c.extend(v.Path, last, nil)
				for i, f := range stack {
					if f.id == last {
						v.Path.Loop = at[i]
					}
				}
			}
		}
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			switch {
			case int(f.id) >= c.visited:
				open = true
			case len(c.edges[f.id]) == 0:
				found(f.id, false)
				return
			case f.next < len(c.edges[f.id]):
				to := c.edges[f.id][f.next]
				f.next++
				switch {
				case l.then[to] || colour[to] == black:
				case colour[to] == grey:
					found(to, true)
					return
				default:
					colour[to] = grey
					stack = append(stack, frame{id: to})
				}
				continue
			}
			colour[f.id] = black
			stack = stack[:len(stack)-1]
		}
	}
	if !open {
		v.Answer = Holds
	}
}

// path is the way on which a state was met first. It is walked again: of a state
// that was visited no more than its hash is kept.
func (c *checker[S, A]) path(id int32) *Path[S, A] {
	var ids []int32
	for ; id != none; id = c.parents[id] {
		ids = append(ids, id)
	}
	p := &Path[S, A]{Loop: -1}
	for _, s := range c.Init {
		if c.known[c.hash(s)] == ids[len(ids)-1] {
			p.Init = s
			break
		}
	}
	for i := len(ids) - 2; i >= 0; i-- {
		c.extend(p, ids[i], nil)
	}
	return p
}

// extend takes the first transition from the end of the path to a state; by is of which
// kind it has to be, nil for any.
func (c *checker[S, A]) extend(p *Path[S, A], id int32, by func(S, A, S) bool) {
	last := p.Last()
	for a, to := range c.Next(last) {
		if n, there := c.known[c.hash(to)]; there && n == id && (by == nil || by(last, a, to)) {
			p.Steps = append(p.Steps, Step[S, A]{a, to})
			return
		}
	}
	panic("explore: a state with the key of another has other transitions")
}
