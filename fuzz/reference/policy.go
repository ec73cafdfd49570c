package reference

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
)

// Policy is what a server does where RFC 3501 leaves it the choice. The zero value is
// the canonical server.
type Policy struct {
	Name string
	Text string // what it does, in a few words

	Curt      bool // NO where BAD is usual, and the other way round
	Failing   bool // of what may fail, some does
	Late      bool // news of other sessions come when they are asked for, and no earlier
	Early     bool // and here as soon as they are there, with no command in progress
	Talkative bool // UIDs come unasked
	Split     bool // a FETCH response for each data item
	Shuffled  bool // responses and data items in any order
	Chatty    bool // responses that nobody has asked for, and codes that nobody knows
	Literals  bool // strings are literals where they can be
	Case      bool // keywords are in lower case, or in any
	Trickle   bool // octet by octet
	Closing   bool // BYE, now and then
	// Now says that each choice is made anew for every answer.
	Now bool
}

// Policies are those that have a name, the canonical one first.
func Policies() []Policy {
	return []Policy{
		{Name: "canonical", Text: "what most servers do"},
		{Name: "curt", Text: "NO where BAD is usual, and the other way round", Curt: true},
		{Name: "failing", Text: "NO to some of what may fail", Failing: true},
		{Name: "late", Text: "news of other sessions as late as allowed", Late: true},
		{Name: "early", Text: "and as early", Early: true},
		{Name: "talkative", Text: "UIDs in all FETCH responses", Talkative: true},
		{Name: "split", Text: "a FETCH response for each data item", Split: true},
		{Name: "shuffled", Text: "responses and data items in any order", Shuffled: true},
		{Name: "chatty", Text: "responses and codes that nobody has asked for", Chatty: true},
		{Name: "literals", Text: "literals where strings can be", Literals: true},
		{Name: "case", Text: "keywords in any case", Case: true},
		{Name: "trickle", Text: "octet by octet", Trickle: true},
		{Name: "closing", Text: "BYE, now and then", Closing: true},
		{
			Name: "odd", Text: "all of that, at random", Now: true,
			Curt: true, Failing: true, Late: true, Early: true, Talkative: true, Split: true, Shuffled: true, Chatty: true,
			Literals: true, Case: true, Closing: true,
		},
	}
}

// PolicyOf is the policy of that name; "" is the canonical one.
func PolicyOf(name string) (Policy, error) {
	var names []string
	for _, p := range Policies() {
		if p.Name == name || name == "" {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Policy{}, fmt.Errorf("unknown policy %q (known: %s)", name, strings.Join(names, ", "))
}

// does reports whether the policy has it so this time.
func (p *Policy) does(r *rand.Rand, it bool) bool { return it && (!p.Now || r.IntN(4) == 0) }

// manner is that of the next answer.
func (p *Policy) manner(r *rand.Rand, c *fault.Call) model.Manner {
	switch {
	case c.Cmd == nil && p.does(r, p.Closing) && r.IntN(20) == 0:
		return model.Hanging
	case c.Cmd == nil:
		return model.Usual
	case p.does(r, p.Failing) && r.IntN(4) == 0 && !c.Is("LOGIN", "AUTHENTICATE"):
		return model.Unable
	case p.does(r, p.Curt):
		return model.Curt
	case p.does(r, p.Late):
		return model.Reticent
	case p.does(r, p.Talkative):
		return model.Talkative
	}
	return model.Usual
}

// dress makes of an answer another that says the same.
func (p *Policy) dress(r *rand.Rand, c *fault.Call) {
	rs := &c.Reply.Responses
	if p.does(r, p.Split) {
		*rs = split(*rs, strings.HasPrefix(c.Name(), "UID "))
	}
	if p.does(r, p.Shuffled) {
		shuffle(r, *rs)
	}
	if p.does(r, p.Chatty) {
		*rs = chat(r, *rs)
	}
	if c.Cmd != nil && !c.Is("STARTTLS") && c.Reply.End == model.Open && p.does(r, p.Closing) && r.IntN(40) == 0 {
		*c.Session() = model.Session{Phase: model.Logout}
		*rs = []model.Response{{Tag: "*", Status: model.BYE, Text: "The server is going down"}}
		c.Reply.End = model.Closed
	}
}

// split makes one FETCH response of each data item. They have the UID where that is
// called for (section 6.4.8).
func split(rs []model.Response, uids bool) []model.Response {
	var out []model.Response
	for _, r := range rs {
		d, ok := r.Data.(model.FetchData)
		if !ok {
			out = append(out, r)
			continue
		}
		uid := slices.IndexFunc(d.Atts, func(a model.Att) bool { return a.Name == "UID" })
		for i, a := range d.Atts {
			atts := []model.Att{a}
			switch {
			case uids && i == uid && len(d.Atts) > 1:
				continue
			case uids && uid >= 0 && i != uid:
				atts = append(atts, d.Atts[uid])
			}
			r.Data = model.FetchData{N: d.N, Atts: atts}
			out = append(out, r)
		}
	}
	return out
}

// shuffle changes the order where it says nothing: of data items, and of responses of
// one kind in a row.
func shuffle(r *rand.Rand, rs []model.Response) {
	for i := range rs {
		switch d := rs[i].Data.(type) {
		case model.FetchData:
			atts := slices.Clone(d.Atts)
			r.Shuffle(len(atts), func(i, k int) { atts[i], atts[k] = atts[k], atts[i] })
			rs[i].Data = model.FetchData{N: d.N, Atts: atts}
		case model.SearchData:
			nums := slices.Clone(d.Nums)
			r.Shuffle(len(nums), func(i, k int) { nums[i], nums[k] = nums[k], nums[i] })
			rs[i].Data = model.SearchData{Nums: nums}
		case model.StatusData:
			items := slices.Clone(d.Items)
			r.Shuffle(len(items), func(i, k int) { items[i], items[k] = items[k], items[i] })
			rs[i].Data = model.StatusData{Name: d.Name, Items: items}
		}
	}
	for i := 0; i < len(rs); {
		k := i + 1
		for k < len(rs) && loose(&rs[i]) && alike(&rs[i], &rs[k]) {
			k++
		}
		run := rs[i:k]
		r.Shuffle(len(run), func(i, k int) { run[i], run[k] = run[k], run[i] })
		i = k
	}
}

// loose reports whether a response may be anywhere among others of its kind.
func loose(r *model.Response) bool {
	switch r.Data.(type) {
	case model.FetchData, model.ListData:
		return true
	}
	return false
}

// alike reports whether two responses are of one kind, and of different things.
func alike(a, b *model.Response) bool {
	switch x := a.Data.(type) {
	case model.FetchData:
		y, ok := b.Data.(model.FetchData)
		return ok && x.N != y.N
	case model.ListData:
		_, ok := b.Data.(model.ListData)
		return ok
	}
	return false
}

// chatter is what a server may say at any time (sections 7 and 7.1).
var chatter = []model.Response{
	{Tag: "*", Status: model.OK, Text: "Still here"},
	{Tag: "*", Status: model.NO, Text: "The disk is nearly full"},
	{Tag: "*", Status: model.OK, Code: &model.Code{Name: "X-ODD", Args: "one two"}, Text: "Nobody knows that code"},
	{Tag: "*", Status: model.OK, Code: &model.Code{Name: "ALERT"}, Text: "[not a code] {5}"},
}

// chat adds what nobody has asked for.
func chat(r *rand.Rand, rs []model.Response) []model.Response {
	if len(rs) == 0 || rs[0].Status == model.PREAUTH || rs[0].Status == model.BYE || len(rs) == 1 && rs[0].Tag == "*" {
		return rs // a greeting is the first response
	}
	for range 1 + r.IntN(2) {
		rs = slices.Insert(rs, r.IntN(len(rs)), chatter[r.IntN(len(chatter))])
	}
	for i := range rs {
		if e, ok := rs[i].Data.(model.Exists); ok && r.IntN(2) == 0 {
			return slices.Insert(rs, i, model.Response{Tag: "*", Data: e}) // twice
		}
	}
	return rs
}
