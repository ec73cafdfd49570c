package explore

// leads are the states where a Leads property begins, and those where Then holds, by
// number.
type leads struct{ begins, then []bool }

// look answers what a new state answers.
func (c *checker[S, A]) look(id int32, s S) {
	for i := range c.verdicts {
		v := &c.verdicts[i]
		p := &v.Property
		if p.Kind == Leads {
			l := &c.leads[i]
			l.begins = append(l.begins, p.State != nil && p.State(s))
			l.then = append(l.then, p.Then(s))
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
			c.leads[i].begins[to] = c.leads[i].begins[to] || p.Step(s, a, t)
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
	for first := range l.begins {
		if !l.begins[first] || l.then[first] || colour[first] != white {
			continue
		}
		stack := []frame{{id: int32(first)}}
		colour[first] = grey
		found := func(last int32, loops bool) {
			v.Answer, v.Path = Refuted, c.path(int32(first))
			at := make([]int, 0, len(stack)+1) // steps before each state of the stack
			for i, f := range stack {
				if i > 0 {
					c.extend(v.Path, f.id)
				}
				at = append(at, len(v.Path.Steps))
			}
			if loops {
				c.extend(v.Path, last)
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
		c.extend(p, ids[i])
	}
	return p
}

// extend takes the first transition from the end of the path to a state.
func (c *checker[S, A]) extend(p *Path[S, A], id int32) {
	for a, to := range c.Next(p.Last()) {
		if n, there := c.known[c.hash(to)]; there && n == id {
			p.Steps = append(p.Steps, Step[S, A]{a, to})
			return
		}
	}
	panic("explore: a state with the key of another has other transitions")
}
