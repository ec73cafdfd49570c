package fault

var sessions = []*Fault{}
