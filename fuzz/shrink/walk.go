package shrink

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// mapBoxes is c with f applied to the mailbox names that it holds, also where nothing is
// wrong with it but spaces at its end.
func mapBoxes(c model.Command, f func(string) string) model.Command {
	switch c := c.(type) {
	case model.Mailbox:
		c.Box.S = f(c.Box.S)
		return c
	case model.Rename:
		c.From.S = f(c.From.S)
		c.To.S = f(c.To.S)
		return c
	case model.StatusCmd:
		c.Box.S = f(c.Box.S)
		return c
	case model.Append:
		c.Box.S = f(c.Box.S)
		return c
	case model.Copy:
		c.Box.S = f(c.Box.S)
		return c
	case model.Raw:
		legal := strings.TrimRight(c.Bytes, " ")
		if spelled, ok := wire.Spells(legal); ok && legal != c.Bytes {
			return model.Raw{Bytes: wire.FormatCommand(mapBoxes(spelled, f)) + c.Bytes[len(legal):]}
		}
	}
	return c
}

// mapFlags is c with f applied to the flags that it holds.
func mapFlags(c model.Command, f func(string) string) model.Command {
	switch c := c.(type) {
	case model.Append:
		c.Flags = mapped(c.Flags, f)
		return c
	case model.Store:
		c.Flags = mapped(c.Flags, f)
		return c
	case model.Search:
		c.Keys = mapKeys(c.Keys, func(k model.SearchKey) model.SearchKey {
			if k.Key == "KEYWORD" || k.Key == "UNKEYWORD" {
				k.Args = mapped(k.Args, func(a model.AString) model.AString {
					a.S = f(a.S)
					return a
				})
			}
			return k
		})
		return c
	}
	return c
}

// mapNums is c with f applied to the numbers of its sets.
func mapNums(c model.Command, f func(model.Num) model.Num) model.Command {
	switch c := c.(type) {
	case model.Fetch:
		c.Set = mapSet(c.Set, f)
		return c
	case model.Store:
		c.Set = mapSet(c.Set, f)
		return c
	case model.Copy:
		c.Set = mapSet(c.Set, f)
		return c
	case model.UIDExpunge:
		c.Set = mapSet(c.Set, f)
		return c
	case model.Search:
		c.Keys = mapKeys(c.Keys, func(k model.SearchKey) model.SearchKey {
			k.Set = mapSet(k.Set, f)
			return k
		})
		return c
	}
	return c
}

func mapSet(set model.Set, f func(model.Num) model.Num) model.Set {
	return mapped(set, func(r model.Range) model.Range {
		r.From = f(r.From)
		if !r.Single {
			r.To = f(r.To)
		}
		return r
	})
}

func mapKeys(keys []model.SearchKey, f func(model.SearchKey) model.SearchKey) []model.SearchKey {
	return mapped(keys, func(k model.SearchKey) model.SearchKey {
		k.Keys = mapKeys(k.Keys, f)
		return f(k)
	})
}

// mapped is a new list of the images of the old one's elements.
func mapped[S ~[]T, T any](list S, f func(T) T) S {
	out := slices.Clone(list)
	for i, v := range out {
		out[i] = f(v)
	}
	return out
}
