package model

import (
	"slices"
	"strings"
)

// Shapes are what an answer was made of, nothing of its values: "FETCH OK" for the
// command with its outcome (the end of the connection, where no completion came), and
// "FETCH OK: * FETCH UID" and the like for each kind of data, with each of its items,
// and for each response code. Each is a shape of its own, since sets of them have no
// end. They are in order, each once.
func Shapes(x Exchange) []string {
	name := "greeting"
	if x.Cmd != nil {
		name = x.Cmd.Name()
	}
	switch outcome := x.Outcome(); {
	case x.Delivery.HangsUp():
		return []string{name + " hung up"} // how much of the answer came is chance
	case x.Cmd != nil && outcome != NoStatus:
		name += " " + outcome.String()
	case x.Reply.End != Open:
		name += " " + x.Reply.End.String()
	}
	list := []string{name}
	for i := range x.Reply.Responses {
		for _, kind := range kinds(&x, &x.Reply.Responses[i]) {
			list = append(list, name+": "+kind)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// kinds are what one response is made of.
func kinds(x *Exchange, r *Response) []string {
	code := ""
	if r.Code != nil {
		code = "[" + r.Code.Name + "]"
	}
	switch {
	case r.Syntax != nil:
		return []string{"broken " + r.Syntax.Rule}
	case r.Tag == "+":
		return []string{"+"}
	case x.Cmd != nil && r.Tag == x.Tag:
		if code == "" {
			return nil
		}
		return []string{code}
	case r.Tag != "*":
		return []string{"another tag"}
	case r.Status != NoStatus:
		return []string{strings.TrimSpace("* " + r.Status.String() + " " + code)}
	}
	return dataKinds(r.Data)
}

func dataKinds(d Data) []string {
	switch d := d.(type) {
	case Exists:
		return []string{"* EXISTS"}
	case Recent:
		return []string{"* RECENT"}
	case Expunge:
		return []string{"* EXPUNGE"}
	case FlagsData:
		return []string{"* FLAGS"}
	case ListData:
		if d.LSub {
			return []string{"* LSUB"}
		}
		return []string{"* LIST"}
	case SearchData:
		return []string{"* SEARCH"}
	case CapabilityData:
		return []string{"* CAPABILITY"}
	case NamespaceData:
		return []string{"* NAMESPACE"}
	case EnabledData:
		return []string{"* ENABLED"}
	case VanishedData:
		return []string{"* VANISHED"}
	case ESearchData:
		return []string{"* ESEARCH"}
	case OtherData:
		return []string{"* " + d.Name}
	case StatusData:
		list := []string{"* STATUS"}
		for _, it := range d.Items {
			list = append(list, "* STATUS "+it.Name)
		}
		return list
	case FetchData:
		list := []string{"* FETCH"}
		for _, a := range d.Atts {
			list = append(list, "* FETCH "+attKind(a))
		}
		return list
	}
	return nil
}

// attKind is the name of a data item: of a section without its part numbers and its
// header fields.
func attKind(a Att) string {
	name, section, ok := strings.Cut(a.Name, "[")
	if !ok {
		return name
	}
	section, _, _ = strings.Cut(strings.TrimSuffix(section, "]"), " ")
	if words := strings.TrimLeft(section, "0123456789."); words != section {
		section = strings.TrimSuffix("n."+words, ".")
	}
	name += "[" + section + "]"
	if a.Origin >= 0 {
		name += "<>"
	}
	return name
}
