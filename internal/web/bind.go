package web

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
)

var dateType = reflect.TypeFor[citizen.Date]()

// member is one field of an input or output type under its JSON name.
type member struct {
	holder   string // the struct that declares it, as "register.Paper"
	name     string
	optional bool
	typ      reflect.Type
	index    []int
}

// texts are the keys under which the catalogue may have a member's text: for its struct, for the action, for the name anywhere.
func (m member) texts(family, action string) []string {
	return []string{family + "." + m.holder + "." + m.name, family + "." + action + "." + m.name, family + "." + m.name}
}

// members lists a struct's fields in order; embedded structs' fields stand among them.
func members(t reflect.Type) []member {
	var all []member
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "":
			for _, m := range members(f.Type) {
				m.index = append([]int{i}, m.index...)
				all = append(all, m)
			}
		default:
			if name == "" {
				name = f.Name
			}
			all = append(all, member{t.String(), name, strings.Contains(options, "omit") || f.Type.Kind() == reflect.Pointer, f.Type, []int{i}})
		}
	}
	return all
}

// bind turns what was typed into an action's input by the input's type, and marks the fields that cannot be read.
func (c *call) bind(f *form, t reflect.Type) json.RawMessage {
	b := binder{c, f}
	object := b.object(t, "")
	if object == nil {
		object = fields{}
	}
	text, err := json.Marshal(object)
	if err != nil {
		f.wrong("", err.Error(), "")
	}
	return text
}

// bindTo is bind for a page that knows the action.
func (c *call) bindTo(f *form, action string) json.RawMessage {
	a, ok := c.s.Office.Action(action)
	if !ok {
		return json.RawMessage("{}")
	}
	return c.bind(f, a.Input)
}

type binder struct {
	c *call
	f *form
}

// object reads a struct; nil when nothing of it was typed.
func (b *binder) object(t reflect.Type, prefix string) fields {
	object := fields{}
	for _, m := range members(t) {
		if v := b.value(m.typ, prefix+m.name); v != nil {
			object[m.name] = v
		}
	}
	if len(object) == 0 {
		return nil
	}
	return object
}

// value reads one field; nil when it was left empty.
func (b *binder) value(t reflect.Type, path string) any {
	switch {
	case t.Kind() == reflect.Pointer:
		return b.value(t.Elem(), path)
	case t == dateType:
		return b.date(path)
	case t.Kind() == reflect.Struct:
		if o := b.object(t, path+"."); o != nil {
			return o
		}
		return nil
	case t.Kind() == reflect.Slice:
		return b.list(t.Elem(), path)
	case t.Kind() == reflect.Array:
		return b.array(t, path)
	case t.Kind() == reflect.Map:
		return b.table(t, path)
	}
	return b.scalar(t, path, b.f.Values.Get(path))
}

func (b *binder) scalar(t reflect.Type, path, typed string) any {
	typed = strings.TrimSpace(typed)
	switch t.Kind() {
	case reflect.Bool:
		if typed == "" {
			return nil
		}
		return typed == "1" || typed == "on" || typed == "true"
	case reflect.Int, reflect.Int64:
		return b.whole(path, typed)
	case reflect.Float64:
		if typed == "" {
			return nil
		}
		n, err := strconv.ParseFloat(typed, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			b.wrong(path, "form.number")
		}
		return n
	}
	if typed == "" {
		return nil
	}
	return typed
}

// whole reads a whole number, or yuan where the field is money in fen.
func (b *binder) whole(path, typed string) any {
	if typed == "" {
		return nil
	}
	if isMoney(path[strings.LastIndexByte(path, '.')+1:]) {
		fen, ok := parseYuan(typed)
		if !ok {
			b.wrong(path, "form.money")
		}
		return fen
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(typed, ",", ""), 10, 64)
	if err != nil {
		b.wrong(path, "form.whole")
	}
	return n
}

// parseYuan reads 20, 20.5 or 20.50 as fen.
func parseYuan(typed string) (fen int64, ok bool) {
	typed = strings.NewReplacer(",", "", "元", "", "\u00a5", "", "\uffe5", "").Replace(typed)
	sign := int64(1)
	if rest, negative := strings.CutPrefix(typed, "-"); negative {
		sign, typed = -1, rest
	}
	whole, cents, _ := strings.Cut(typed, ".")
	if len(cents) > 2 || len(whole) == 0 || len(whole) > 15 || !digits(whole+cents) {
		return 0, false
	}
	fen, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	return sign * fen, err == nil
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// date reads a day as eight digits, with dashes, or as it is written by hand.
func (b *binder) date(path string) any {
	typed := strings.TrimSpace(b.f.Values.Get(path))
	if typed == "" {
		return nil
	}
	day, ok := parseDate(typed)
	if !ok {
		b.wrong(path, "form.date")
		return nil
	}
	return day
}

func parseDate(typed string) (string, bool) {
	plain := strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-").Replace(typed)
	if parts := strings.Split(plain, "-"); len(parts) == 3 {
		for i := range parts {
			if len(parts[i]) == 1 {
				parts[i] = "0" + parts[i]
			}
		}
		plain = strings.Join(parts, "-")
	}
	day, err := citizen.ParseDate(plain)
	if err != nil || day.IsZero() {
		return "", false
	}
	return day.String(), true
}

// list reads a list: numbered fields for structs, else one value a line or several fields of one name.
func (b *binder) list(t reflect.Type, path string) any {
	var list []any
	if t.Kind() == reflect.Struct && t != dateType {
		for _, i := range b.numbers(path) {
			if o := b.object(t, fmt.Sprintf("%s.%d.", path, i)); o != nil {
				list = append(list, o)
			}
		}
		return nothing(list)
	}
	for _, value := range b.f.Values[path] {
		for _, line := range strings.FieldsFunc(value, listBreak) {
			if t == dateType {
				day, ok := parseDate(strings.TrimSpace(line))
				if !ok {
					b.wrong(path, "form.date")
				}
				list = append(list, day)
			} else if v := b.scalar(t, path, line); v != nil {
				list = append(list, v)
			}
		}
	}
	return nothing(list)
}

func nothing(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

// listBreak parts a typed list: a clerk writes one a line, or with commas.
func listBreak(r rune) bool {
	return strings.ContainsRune("\n\r,;\uff0c\uff1b\u3001", r) // the wide comma and semicolon, and the comma of enumeration
}

// maxRows is how many rows of a repeated group a form may have.
const maxRows = 500

// numbers finds the numbers under which rows of a repeated group were sent, in order.
func (b *binder) numbers(path string) []int {
	var all []int
	for name := range b.f.Values {
		rest, ok := strings.CutPrefix(name, path+".")
		if !ok {
			continue
		}
		head, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(head); err == nil && n >= 0 && n < maxRows && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

func (b *binder) array(t reflect.Type, path string) any {
	list, typed := make([]any, t.Len()), false
	for i := range list {
		list[i] = b.value(t.Elem(), fmt.Sprintf("%s.%d", path, i))
		if list[i] == nil {
			list[i] = 0
		} else {
			typed = true
		}
	}
	if !typed {
		return nil
	}
	return list
}

// table reads a map: one "name = number" a line.
func (b *binder) table(t reflect.Type, path string) any {
	object := fields{}
	for _, line := range strings.FieldsFunc(b.f.Values.Get(path), func(r rune) bool { return r == '\n' || r == '\r' }) {
		name, value, ok := strings.Cut(strings.Replace(line, "\uff1d", "=", 1), "=")
		if !ok {
			b.wrong(path, "form.pairs")
			continue
		}
		object[strings.TrimFunc(name, unicode.IsSpace)] = b.scalar(t.Elem(), path, value)
	}
	if len(object) == 0 {
		return nil
	}
	return object
}

func (b *binder) wrong(path, key string) {
	b.f.wrong(path, b.c.t(key), b.c.t(key+".mend"))
}
