package model

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// sight is what a session was told of the messages of its mailbox, by their places.
type sight struct {
	numbering
	known map[uint64]sighted
	first uint64 // the last place at SELECT
	last  uint64 // the highest place whose UID is known, 0 for none
}

// sighted is what was told of a message and never changes (section 2.3.1.1).
type sighted struct {
	uid   uint32 // 0 is unknown
	dated bool
	date  time.Time
}

func newSight(size uint32) *sight {
	s := &sight{known: map[uint64]sighted{}}
	s.grow(size)
	s.first = s.told
	return s
}

func (s *sight) clone() *sight {
	if s == nil {
		return nil
	}
	return &sight{s.numbering.clone(), maps.Clone(s.known), s.first, s.last}
}

// told takes over the untagged data of the exchange.
func (j *judge) told() {
	j.places()
	var search *Response
	most := uint32(0)
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		s := j.c.sight
		if s == nil {
			return
		}
		switch d := r.Data.(type) {
		case Exists:
			if d.N < s.size {
				j.report(ruleShrink, r.Raw, fmt.Sprintf("at least %d", s.size))
				j.c.sight = nil
			} else if !s.grow(d.N) {
				j.c.sight = nil
			}
		case Expunge:
			j.expungeWhen(r.Raw, i)
			if d.N < 1 || d.N > s.size {
				j.report(ruleExpungeNumber, r.Raw, fmt.Sprintf("a number from 1 to %d", s.size))
				j.c.sight = nil
				continue
			}
			s.remove(d.N)
		case VanishedData: // in the place of EXPUNGE, where the client has enabled QRESYNC
			j.c.sight = nil
		case FetchData:
			if d.N < 1 || d.N > s.size {
				j.report(ruleFetchNumber, r.Raw, fmt.Sprintf("a number from 1 to %d", s.size))
				j.c.sight = nil
				continue
			}
			j.sighted(s, d)
		case SearchData:
			search, most = r, max(most, largest(d.Nums))
		}
		if r.Code != nil && (r.Code.Name == "UIDVALIDITY" || r.Code.Name == "CLOSED") {
			j.c.sight = nil // what was known is of no use any more
		}
	}
	if s := j.c.sight; s != nil && most > s.size && j.name == "SEARCH" && j.valid && !j.x.Loose {
		j.report(ruleSearchNumber, clipRaw(search.Raw), fmt.Sprintf("numbers from 1 to %d", s.size))
	}
}

// expungeWhen judges that an EXPUNGE response, the i-th of the reply, may come here.
func (j *judge) expungeWhen(raw string, i int) {
	switch {
	case j.x.Loose || j.c.pushes || j.outcome == NoStatus:
	case i > j.tagged:
		j.report(ruleExpungeWhen, raw, "no EXPUNGE while no command is in progress")
	case !j.valid:
	case j.name == "FETCH" || j.name == "STORE" || j.name == "SEARCH":
		j.report(ruleExpungeWhen, raw, "no EXPUNGE in answer to "+j.name)
	case i < j.asked && j.name != "IDLE": // RFC 2177 has it there, too
		j.report(ruleExpungeWhen, raw, "no EXPUNGE before the command is complete")
	}
}

// sighted compares a FETCH response with what was told of the message before.
func (j *judge) sighted(s *sight, d FetchData) {
	place := s.place(d.N)
	m := s.known[place]
	for i := range d.Atts {
		switch a := &d.Atts[i]; a.Name {
		case "UID":
			if m.uid != a.Num && !j.ascends(s, d.N, place, m.uid, a.Num) {
				s.known, s.last = map[uint64]sighted{}, 0 // what else is known is no better
				m = sighted{}
			}
			m.uid, s.last = a.Num, max(s.last, place)
		case "INTERNALDATE":
			date, err := time.Parse("_2-Jan-2006 15:04:05 -0700", a.Text)
			if err != nil {
				continue
			}
			if m.dated && !m.date.Equal(date) {
				j.report(ruleDateKept, `INTERNALDATE "`+a.Text+`"`, `INTERNALDATE "`+m.date.Format("_2-Jan-2006 15:04:05 -0700")+`"`)
			}
			m.dated, m.date = true, date
		}
	}
	if m.uid != 0 || m.dated {
		s.known[place] = m
	}
}

// nearby is how many places before and behind a message its neighbours are looked for.
const nearby = 16

// ascends judges a unique identifier that was not known of message n, or was another.
func (j *judge) ascends(s *sight, n uint32, place uint64, was, uid uint32) bool {
	got := fmt.Sprintf("* %d FETCH (UID %d)", n, uid)
	if was != 0 {
		j.report(ruleUIDStable, got, fmt.Sprintf("UID %d as before", was))
		return false
	}
	wrong := func(at uint64) bool {
		o := s.known[at].uid
		if o == 0 || at < place && o < uid || at > place && o > uid {
			return false
		}
		side := "a message before it"
		if at > place {
			side = "a message behind it"
		} else if place > s.first {
			j.report(ruleUIDFresh, got, fmt.Sprintf("a UID above %d, that of an older message", o))
			return true
		}
		j.report(ruleUIDAscending, fmt.Sprintf("%s, %s has UID %d", got, side, o), "ascending UIDs")
		return true
	}
	for k := uint64(1); k <= nearby; k++ {
		if k < place && wrong(place-k) || wrong(place+k) {
			return false
		}
	}
	return !wrong(s.last)
}

func largest(nums []uint32) uint32 {
	if len(nums) == 0 {
		return 0
	}
	return slices.Max(nums)
}
