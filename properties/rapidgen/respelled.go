package rapidgen

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model"
)

// Respelled is a trace in which every string has a form that is drawn: an atom, a
// quoted string and a literal with the same octets mean the same (RFC 3501 section
// 4.3), and so does a literal that does not wait (RFC 7888). Step i has forms up to
// last(i), but for octets that only a further one can carry. Malformed commands stay
// as they are.
func Respelled(t *rapid.T, trace model.Trace, last func(i int) model.Form) model.Trace {
	out := model.Trace{Fixture: trace.Fixture, Steps: slices.Clone(trace.Steps)}
	for i := range out.Steps {
		out.Steps[i].Cmd = respeller{t, last(i)}.command(out.Steps[i].Cmd)
	}
	return out
}

// respeller draws forms up to the last.
type respeller struct {
	t    *rapid.T
	last model.Form
}

func (r respeller) command(c model.Command) model.Command {
	switch c := c.(type) {
	case model.LoginCmd:
		c.User, c.Password = r.str(c.User), r.str(c.Password)
		return c
	case model.Mailbox:
		c.Box = r.str(c.Box)
		return c
	case model.Rename:
		c.From, c.To = r.str(c.From), r.str(c.To)
		return c
	case model.List:
		c.Ref = r.str(c.Ref)
		if atom := c.Pattern.Form == model.Atom; !atom || rapid.Bool().Draw(r.t, "wildcards in a string") {
			c.Pattern = r.str(c.Pattern)
		}
		return c
	case model.StatusCmd:
		c.Box = r.str(c.Box)
		return c
	case model.Append:
		c.Box = r.str(c.Box)
		c.Plus = r.last == model.LiteralPlus && rapid.Bool().Draw(r.t, "plus")
		return c
	case model.Copy:
		c.Box = r.str(c.Box)
		return c
	case model.Search:
		c.Keys = r.keys(c.Keys)
		return c
	}
	return c
}

func (r respeller) str(a model.AString) model.AString {
	a.Form = model.Form(rapid.IntRange(0, int(r.last)).Draw(r.t, "form"))
	return a.Legal()
}

// keys are search keys of which the astrings are respelled: numbers, dates and
// flags are none.
func (r respeller) keys(keys []model.SearchKey) []model.SearchKey {
	out := slices.Clone(keys)
	for i := range out {
		k := &out[i]
		k.Keys = r.keys(k.Keys)
		switch k.Key {
		case "BCC", "BODY", "CC", "FROM", "HEADER", "SUBJECT", "TEXT", "TO":
			k.Args = slices.Clone(k.Args)
			for n := range k.Args {
				k.Args[n] = r.str(k.Args[n])
			}
		}
	}
	return out
}
