package model

// Weight is how far c is from simple: the well-founded measure that every
// proposal of [Simpler] lowers. Weights of different commands mean nothing to
// each other.
func Weight(c Command) uint64 {
	switch c := c.(type) {
	case LoginCmd:
		return c.User.weight() + c.Password.weight()
	case Authenticate:
		return 64 + weighAll(c.Lines) // LOGIN is the simpler way in
	case StartTLS:
		return c.weight()
	case Mailbox:
		return c.Box.weight() + one(c.Verb == "EXAMINE")
	case Rename:
		return c.From.weight() + c.To.weight()
	case List:
		w := c.Ref.weight() + c.Pattern.weight()
		if c.Pattern.S != "*" {
			w += 8
		}
		return w
	case StatusCmd:
		return c.Box.weight() + weighAll(c.Items)
	case Append:
		w := c.Box.weight() + weighAll(c.Flags) + uint64(len(c.Date)+len(c.Message)) + one(c.Plus)
		if c.Flags != nil {
			w++
		}
		return w
	case Search:
		return one(c.UID) + uint64(len(c.Charset)) + weighKeys(c.Keys)
	case Fetch:
		w := one(c.UID) + c.Set.weight() + one(c.Paren)
		for _, item := range c.Items {
			w += weighItem(item)
		}
		return w
	case Store:
		return one(c.UID) + c.Set.weight() + one(c.Op != 0) + one(c.Silent) + one(c.Paren) + weighAll(c.Flags)
	case Copy:
		return one(c.UID) + c.Set.weight() + c.Box.weight()
	case UIDExpunge:
		return c.Set.weight()
	case Enable:
		return weighAll(c.Caps)
	case Experimental:
		return uint64(len(c.Args))
	case Raw:
		return 64 + uint64(len(c.Bytes)) // no legal command is less simple
	}
	return 0
}

// weight counts a command behind STARTTLS: NOOP is the simplest.
func (c StartTLS) weight() uint64 {
	switch {
	case c.Behind == nil:
		return 0
	case c.Behind.Name() == "NOOP":
		return 1
	}
	return 2 + Weight(c.Behind)
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func weighAll(list []string) (w uint64) {
	for _, s := range list {
		w += uint64(len(s)) + 2
	}
	return w
}

func (a AString) weight() uint64 { return 4*uint64(len(a.S)) + uint64(a.Form) }

func (n Num) weight() uint64 {
	if n == Star {
		return 3
	}
	return uint64(n.N) + one(n.Symb)
}

func (s Set) weight() (w uint64) {
	for _, r := range s {
		w += 1 + r.From.weight()
		if !r.Single {
			w += 1 + r.To.weight()
		}
	}
	return w
}

func weighItem(item string) uint64 {
	switch {
	case item == "FLAGS":
		return 1
	case macros[item] != nil:
		return 100
	}
	return uint64(len(item)) + 2
}

func weighKeys(keys []SearchKey) (w uint64) {
	for _, k := range keys {
		if k.Key == "ALL" {
			w++
			continue
		}
		w += 2 + k.Set.weight() + weighKeys(k.Keys)
		for _, a := range k.Args {
			w += a.weight()
		}
	}
	return w
}
