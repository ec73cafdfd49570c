package fault

var store = []*Fault{}
