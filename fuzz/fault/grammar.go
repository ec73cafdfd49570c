package fault

var grammar = []*Fault{}
