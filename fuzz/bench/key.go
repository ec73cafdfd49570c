package bench

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
)

// hash is the name of a world.
type hash [16]byte

// key is the same for two worlds only if all that follows is: the server has the same
// account and its fault remembers the same, and the judge knows the same.
func (w *world) key() hash {
	d := dumper{ids: map[uintptr]int{}}
	d.account(w.store.Account)
	for _, memory := range append(slices.Clip(w.store.Own), w.store.Memory) {
		d.number(uint64(len(memory)))
		for _, name := range slices.Sorted(maps.Keys(memory)) {
			d.text(name)
			d.number(uint64(memory[name]))
		}
	}
	for _, l := range w.links {
		d.text("link")
		d.number(uint64(l.number + 1))
		d.truth(l.closed)
		d.truth(l.over)
		for _, r := range l.unread {
			d.text(r.Raw)
		}
	}
	d.value(reflect.ValueOf(&w.judge).Elem())
	sum := sha256.Sum256(d.out)
	return hash(sum[:16])
}

// dumper writes all that a value holds, unexported fields included, and which of its
// pointers are the same.
type dumper struct {
	out []byte
	ids map[uintptr]int
}

func (d *dumper) number(n uint64) { d.out = binary.AppendUvarint(d.out, n) }

func (d *dumper) text(s string) {
	d.number(uint64(len(s)))
	d.out = append(d.out, s...)
}

func (d *dumper) truth(b bool) {
	if b {
		d.out = append(d.out, 1)
	} else {
		d.out = append(d.out, 0)
	}
}

// account writes the server's.
func (d *dumper) account(a *model.Account) {
	places := map[*model.Folder]int{}
	folder := func(b *model.Folder) {
		if b == nil {
			d.text("none")
			return
		}
		if at, ok := places[b]; ok {
			d.number(uint64(at))
			return
		}
		places[b] = len(places)
		d.text("box")
		d.number(uint64(b.Validity))
		d.number(uint64(b.Next))
		d.mail(b.Mail)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Boxes)) {
		d.text(name)
		folder(a.Boxes[name])
	}
	for _, name := range slices.Sorted(maps.Keys(a.Subscribed)) {
		if a.Subscribed[name] {
			d.text(name)
		}
	}
	d.number(uint64(a.Validity))
	for i := range a.Sessions {
		s := &a.Sessions[i]
		d.number(uint64(s.Phase))
		d.truth(s.TLS)
		d.truth(s.ReadOnly)
		folder(s.Box)
		d.mail(s.Told)
	}
}

func (d *dumper) mail(list []model.Mail) {
	d.number(uint64(len(list)))
	for _, m := range list {
		d.number(uint64(m.UID))
		d.text(m.Body)
		d.number(uint64(m.Date.Unix()))
		d.truth(m.Recent)
		d.number(uint64(len(m.Flags)))
		for _, f := range m.Flags {
			d.text(f)
		}
	}
}

// derived are the fields of what the judge knows that follow from others, or are right
// answers it need not look at again; ref is the server's account once more.
var derived = map[string]bool{"tree": true, "looked": true, "eight": true, "right": true, "loc": true, "ref": true}

func (d *dumper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		d.pointer(v)
	case reflect.Interface:
		if d.truth(!v.IsNil()); !v.IsNil() {
			d.text(v.Elem().Type().String())
			d.value(v.Elem())
		}
	case reflect.Struct:
		t := v.Type()
		for i := range v.NumField() {
			switch name := t.Field(i).Name; {
			case derived[name]:
			case name == "last" && v.Field(i).Type() == reflect.TypeFor[model.Cause]():
				d.last(v.Field(i))
			default:
				d.value(v.Field(i))
			}
		}
	case reflect.Slice:
		d.truth(v.IsNil()) // which may mean something
		fallthrough
	case reflect.Array:
		d.number(uint64(v.Len()))
		for i := range v.Len() {
			d.value(v.Index(i))
		}
	case reflect.Map:
		d.entries(v)
	case reflect.String:
		d.text(v.String())
	case reflect.Bool:
		d.truth(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.number(v.Uint())
	default:
		panic("a " + v.Kind().String() + " in what the judge knows")
	}
}

// last writes of the last command of a connection, which is there to be named, what the
// judge asks of it.
func (d *dumper) last(v reflect.Value) {
	c := v.FieldByName("Command").String()
	d.truth(v.FieldByName("Rule").IsNil())
	d.truth(strings.HasPrefix(c, "malformed"))
	d.truth(c == "STARTTLS")
}

// pointer writes what v points to where it is met first, and its number.
func (d *dumper) pointer(v reflect.Value) {
	if v.IsNil() {
		d.number(0)
		return
	}
	switch v.Type() {
	case reflect.TypeFor[*model.Rule]():
		d.text(v.Elem().FieldByName("ID").String())
		return
	case reflect.TypeFor[*message.Message]():
		return // that of the octets
	}
	if id, ok := d.ids[v.Pointer()]; ok {
		d.number(uint64(id))
		return
	}
	d.ids[v.Pointer()] = len(d.ids) + 1
	d.text("new")
	d.value(v.Elem())
}

// entries are sorted by what their keys hold, and those with the same by which was met
// first.
func (d *dumper) entries(v reflect.Value) {
	type entry struct {
		at       string
		met      int
		key, val reflect.Value
	}
	var list []entry
	for it := v.MapRange(); it.Next(); {
		e := entry{key: it.Key(), val: it.Value()}
		if e.key.Kind() == reflect.Pointer {
			e.met = d.ids[e.key.Pointer()]
		}
		if e.met == 0 {
			alone := dumper{ids: map[uintptr]int{}}
			alone.value(e.key)
			e.at = string(alone.out)
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Or(cmp.Compare(a.met, b.met), cmp.Compare(a.at, b.at)) })
	d.number(uint64(len(list)))
	for _, e := range list {
		d.value(e.key)
		d.value(e.val)
	}
}
