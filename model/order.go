package model

// The rules of what commands did that were in progress at the same time, on several
// connections. [Machine.Next] is shown one exchange after another and cannot judge them:
// an account of what overlapped can. Each is the demand on one command, held against
// every order of the commands that agrees with when they began and ended.
var (
	RuleOrderFlags = orderRule("order-flags", "6.4.6",
		"The flags of a message are those that its STOREs leave in one of the orders they can have had.")
	RuleOrderMessages = orderRule("order-messages", "6.4.3",
		"Each message is there that was added and not expunged, and no other, in one of the orders the commands can have had.")
	RuleOrderCount = orderRule("order-count", "6.3.11",
		"A mailbox has as many new messages as APPEND and COPY have added, in whichever order.")
	RuleOrderUIDs = orderRule("order-uids", "2.3.1.1",
		"A message that is added gets a higher unique identifier than all that were added before, in one of the orders the commands can have had.")
	RuleOrderNames = orderRule("order-names", "6.3.3",
		"CREATE, DELETE and RENAME are answered OK, and LIST shows the names, as in one of the orders the commands can have had.")
	RuleOrderSubscriptions = orderRule("order-subscriptions", "6.3.6",
		"The names that are subscribed are those that SUBSCRIBE and UNSUBSCRIBE leave in one of the orders they can have had.")
	RuleOrderMoveLoses = orderRuleOf("order-move-loses", "RFC 6851 3.3", MUST,
		"A message that MOVE has taken from one mailbox is in the other, whatever other sessions do to it.")
	RuleOrderMoveDoubles = orderRuleOf("order-move-doubles", "RFC 6851 3.3", SHOULD,
		"MOVE leaves one message where there was one, though several sessions move it.")
)

var orderRules []*Rule

func orderRule(id, clause, text string) *Rule {
	return orderRuleOf(id, "RFC 3501 "+clause, MUST, text)
}

func orderRuleOf(id, clause string, level Level, text string) *Rule {
	r := &Rule{ID: id, Clause: clause, Level: level, Text: text}
	orderRules = append(orderRules, r)
	return r
}

// OrderRules are the rules of commands that were in progress at the same time. They are
// not among [Rules], which one exchange after another can break.
func OrderRules() []*Rule { return append([]*Rule(nil), orderRules...) }
