package fault

var view = []*Fault{}
