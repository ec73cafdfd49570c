package fault

var dialogue = []*Fault{}
