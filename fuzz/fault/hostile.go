package fault

var hostile = []*Fault{}
