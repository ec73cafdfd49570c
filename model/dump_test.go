package model_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
)

// dump is all that a value holds, unexported fields included, and which of its
// pointers are the same: two states with equal dumps are the same knowledge. An
// empty slice or map is none.
func dump(s model.State) string {
	d := dumper{ids: map[any]int{}}
	d.value(reflect.ValueOf(s))
	return d.String()
}

type dumper struct {
	strings.Builder
	ids map[any]int
}

func (d *dumper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		d.pointer(v)
	case reflect.Interface:
		if v.IsNil() {
			d.WriteString("nil")
			return
		}
		d.WriteString(v.Elem().Type().String())
		d.value(v.Elem())
	case reflect.Struct:
		d.WriteByte('{')
		for i := range v.NumField() {
			if f := v.Field(i); !nothing(f) && v.Type().Field(i).Name != "loc" { // of a time.Time
				fmt.Fprintf(d, "%s:", v.Type().Field(i).Name)
				d.value(f)
				d.WriteByte(' ')
			}
		}
		d.WriteByte('}')
	case reflect.Slice, reflect.Array:
		d.WriteByte('[')
		for i := range v.Len() {
			d.value(v.Index(i))
			d.WriteByte(' ')
		}
		d.WriteByte(']')
	case reflect.Map:
		d.entries(v)
	default:
		fmt.Fprintf(d, "%#v", v)
	}
}

// nothing reports whether a field holds nothing.
func nothing(f reflect.Value) bool {
	if f.Kind() == reflect.Slice || f.Kind() == reflect.Map {
		return f.Len() == 0
	}
	return f.IsZero()
}

// pointer writes what v points to where it is met first, and its number.
func (d *dumper) pointer(v reflect.Value) {
	switch {
	case v.IsNil():
		d.WriteString("nil")
		return
	case v.Type() == reflect.TypeFor[*model.Rule]():
		d.WriteString(v.Elem().FieldByName("ID").String())
		return
	case v.Type() == reflect.TypeFor[*message.Message]():
		d.WriteString("the message of the octets")
		return
	}
	key := any(v.UnsafePointer())
	if id, ok := d.ids[key]; ok {
		fmt.Fprintf(d, "&%d", id)
		return
	}
	d.ids[key] = len(d.ids)
	fmt.Fprintf(d, "&%d=", d.ids[key])
	d.value(v.Elem())
}

// entries are sorted by what their keys hold; of keys that hold the same it takes
// those first that were met first.
func (d *dumper) entries(v reflect.Value) {
	type entry struct {
		at       string
		key, val reflect.Value
	}
	var list []entry
	for it := v.MapRange(); it.Next(); {
		e := entry{key: it.Key(), val: it.Value()}
		alone := dumper{ids: map[any]int{}}
		alone.value(e.key)
		e.at = alone.String()
		if e.key.Kind() == reflect.Pointer {
			if id, ok := d.ids[any(e.key.UnsafePointer())]; ok {
				e.at += fmt.Sprintf(" %06d", id)
			}
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.at, b.at) })
	d.WriteString("map[")
	for _, e := range list {
		d.value(e.key)
		d.WriteByte(':')
		d.value(e.val)
		d.WriteByte(' ')
	}
	d.WriteByte(']')
}
