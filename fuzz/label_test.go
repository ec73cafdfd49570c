package fuzz

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/imapcheck/imapcheck/model"
)

// The rules that are about certain differences only are rules that there are.
func TestAboutNamesRules(t *testing.T) {
	for id := range about {
		assert.NotNil(t, model.RuleByID(id), id)
	}
}

func TestExplains(t *testing.T) {
	for _, c := range []struct {
		rule, got, kind string
		outcome         model.Status
		want            bool
	}{
		{"envelope", "", "data-FETCH-ENVELOPE", model.OK, true},
		{"envelope", "", "data-FETCH-BODY", model.OK, false},
		{"body-structure", "", "data-FETCH-BODY", model.OK, true},
		{"body-structure", "", "data-FETCH-BODY[HEADER]", model.OK, false},
		{"section-octets", "", "data-FETCH-BODY[HEADER]", model.OK, true},
		{"section-octets", "", "data-FETCH-RFC822.SIZE", model.OK, false},
		{"search-matches", "", "data-SEARCH-SEEN", model.OK, true},
		{"flags-list-system", "", "code-READ-WRITE", model.OK, false},
		{"state-gating", "", "outcome-OK-BAD", model.OK, true},
		{"rename-inferiors", "", "data-LIST", model.OK, true},
		{"grammar", "* 1 FETCH (BODY ())", "data-FETCH", model.OK, true},
		{"grammar", "* 1 FETCH (BODY ())", "data-LIST", model.OK, false},
		{"grammar", "A1 OK []", "outcome-NO-OK", model.OK, false},
		{"grammar", "A1 OK []", "silent", model.NoStatus, true},
	} {
		v := model.Violation{Rule: model.RuleByID(c.rule), Got: c.got}
		assert.Equal(t, c.want, explains(v, c.kind, c.outcome), "%s %s", c.rule, c.kind)
	}
}

// A violation is that of the side that is alone with it.
func TestLabelOf(t *testing.T) {
	violation := func(id string) model.Violation {
		return model.Violation{Rule: model.RuleByID(id), Command: "SELECT", State: model.Authenticated}
	}
	outcome, data := Difference{Kind: "outcome-OK-NO"}, Difference{Kind: "data-LIST"}
	fact := &Fact{Kind: "LIST"}
	for _, c := range []struct {
		name string
		d    Difference
		f    *Fact
		a, b moment
		want Label
	}{
		{"both may", outcome, nil, moment{stays: true}, moment{stays: true}, Label{Judgement: Freedom}},
		{"one is not known", outcome, nil, moment{stays: true}, moment{}, Label{Judgement: Unknown}},
		{"an earlier fault", data, fact, moment{stays: true, before: []model.Violation{violation("rename-inferiors")}}, moment{stays: true}, Label{Judgement: Unknown}},
		{"an earlier fault in something else", data, fact, moment{stays: true, before: []model.Violation{violation("envelope")}}, moment{stays: true}, Label{Judgement: Freedom}},
		{"there is one right answer", Difference{Kind: "data-EXISTS"}, &Fact{Kind: "EXISTS"}, moment{stays: true}, moment{stays: true}, Label{Judgement: Unknown}},
		{"malformed input accepted", Difference{Kind: "outcome-OK-BAD", Command: "malformed:arguments"}, nil, moment{known: true}, moment{known: true},
			Label{Judgement: Freedom, Clause: "RFC 3501 2.2.1"}},
		{"close without a reason", Difference{Kind: "close"}, nil, moment{known: true, Answer: Answer{End: model.Closed}}, moment{known: true}, Label{Judgement: Unknown}},
		{"close with a reason", Difference{Kind: "close"}, nil, moment{known: true, bye: true, Answer: Answer{End: model.Closed}}, moment{known: true},
			Label{Judgement: Freedom, Clause: "RFC 3501 3.4"}},
		{"silence", Difference{Kind: "silent"}, nil, moment{known: true}, moment{known: true}, Label{Judgement: Unknown}},
		{"both are guilty", outcome, nil, moment{stays: true, broken: []model.Violation{violation("state-gating")}},
			moment{stays: true, broken: []model.Violation{violation("state-gating")}}, Label{Judgement: Unknown}},
	} {
		assert.Equal(t, c.want, labelOf(c.d, c.f, &c.a, &c.b, model.SHOULD), c.name)
	}

	must, should := violation("state-gating"), violation("strict-syntax")
	a, b := moment{broken: []model.Violation{should}}, moment{broken: []model.Violation{must}}
	assert.Equal(t, Label{Judgement: Wrong, Violation: &must, OfB: true}, labelOf(outcome, nil, &a, &b, model.SHOULD), "the graver one")
	assert.Equal(t, Label{Judgement: Wrong, Violation: &should}, labelOf(outcome, nil, &a, &moment{}, model.SHOULD))
	a.stays = true
	assert.Equal(t, Label{Judgement: Freedom}, labelOf(outcome, nil, &a, &moment{stays: true}, model.MUST), "below the level")
}
