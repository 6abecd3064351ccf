package node

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// shape is what the pages of the actions show: the fields by name, of inputs and of all, and the named types of coded values.
type shape struct {
	actions map[string]bool
	typed   map[string]bool // "name", "<action>.name" and "<struct>.name", of inputs
	shown   map[string]bool // the same, of inputs and outputs
	codes   map[string]bool // "card.Kind"
}

// TestActionTexts holds that the catalogue names every field and every coded value of every action, says of each act what it is for, and names nothing else.
func TestActionTexts(t *testing.T) {
	s := shape{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, a := range Actions() {
		s.actions[a.Name] = true
		if !a.Looks && !has("action."+a.Name+".help") {
			t.Errorf("the page of %s does not say what it is for", a.Name)
		}
		s.walk(a, a.Input, true, map[reflect.Type]bool{})
		s.walk(a, a.Output, false, map[reflect.Type]bool{})
	}
	values, err := constants()
	if err != nil {
		t.Fatal(err)
	}
	for name := range s.shown {
		if !strings.Contains(name, ".") && !has("field."+name) {
			t.Errorf("the field %s has no text", name)
		}
	}
	for kind := range s.codes {
		for _, value := range values[kind] {
			if !has("code." + kind + "." + value) {
				t.Errorf("the value %s of %s has no text", value, kind)
			}
		}
	}
	for _, key := range words.Keys() {
		if !s.needs(key, values) {
			t.Errorf("no action needs the text %s", key)
		}
	}
}

func has(key string) bool {
	_, ok := words.Find(key)
	return ok
}

// walk notes the fields of a type and of the types inside it, each type once.
func (s *shape) walk(a office.Action, t reflect.Type, input bool, seen map[reflect.Type]bool) {
	switch t.Kind() {
	case reflect.Map:
		s.walk(a, t.Key(), input, seen)
		s.walk(a, t.Elem(), input, seen)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		s.walk(a, t.Elem(), input, seen)
	case reflect.String, reflect.Int:
		if t.PkgPath() != "" {
			s.codes[t.String()] = true
		}
	case reflect.Struct:
		if isWhole(t) || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			s.field(a, t, t.Field(i), input, seen)
		}
	}
}

// isWhole tells whether a struct is one value to a reader.
func isWhole(t reflect.Type) bool {
	return t == reflect.TypeFor[citizen.Date]() || t == reflect.TypeFor[citizen.Text]() || t == reflect.TypeFor[json.RawMessage]()
}

func (s *shape) field(a office.Action, holder reflect.Type, f reflect.StructField, input bool, seen map[reflect.Type]bool) {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" || !f.IsExported() && !f.Anonymous {
		return
	}
	if !f.Anonymous {
		for _, key := range []string{name, a.Name + "." + name, holder.String() + "." + name} {
			s.shown[key] = true
			s.typed[key] = s.typed[key] || input
		}
	}
	s.walk(a, f.Type, input, seen)
}

// needs tells whether an action's page looks a text up. The texts of other things than fields, codes and helps are not judged.
func (s *shape) needs(key string, values map[string][]string) bool {
	family, rest, _ := strings.Cut(key, ".")
	switch family {
	case "field":
		return s.shown[rest]
	case "hint":
		return s.typed[rest]
	case "action":
		return s.actions[strings.TrimSuffix(rest, ".help")]
	case "code":
		return s.needsCode(strings.Split(rest, "."), values)
	}
	return true
}

// needsCode knows the kinds of codes: of a type, of an action's or a struct's field, of a field anywhere. A value may hold points.
func (s *shape) needsCode(parts []string, values map[string][]string) bool {
	if len(parts) < 2 {
		return false
	}
	pair := parts[0] + "." + parts[1]
	switch {
	case s.codes[pair]:
		return values[pair] == nil || slices.Contains(values[pair], strings.Join(parts[2:], "."))
	case len(parts) > 3 && s.shown[pair+"."+parts[2]]:
		return true
	}
	return s.shown[parts[0]]
}

// constants lists the values of the named types that have some, as "card.Kind", from the rooms' own sources.
func constants() (map[string][]string, error) {
	values := make(map[string][]string)
	for _, room := range []string{"event", "site", "register", "verify", "card", "fund", "programme"} {
		files, err := filepath.Glob(filepath.Join("..", room, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			constantsIn(file, room, values)
		}
	}
	return values, nil
}

func constantsIn(file *ast.File, room string, values map[string][]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		kind := typeName(spec.Type, room)
		if !ok || kind == "" {
			return true
		}
		value := literal.Value
		if literal.Kind == token.STRING {
			value, _ = strconv.Unquote(value)
		}
		if value != "" {
			values[kind] = append(values[kind], value)
		}
		return true
	})
}

// typeName writes a type as reflection does: of the room, or of another room.
func typeName(t ast.Expr, room string) string {
	switch t := t.(type) {
	case *ast.Ident:
		return room + "." + t.Name
	case *ast.SelectorExpr:
		if from, ok := t.X.(*ast.Ident); ok {
			return from.Name + "." + t.Sel.Name
		}
	}
	return ""
}
