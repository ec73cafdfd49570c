package fault

var tls = []*Fault{}
