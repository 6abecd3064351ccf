package web

import (
	"encoding/json"
	"reflect"

	"github.com/huzheng/huzheng/internal/office"
)

const boolKind = reflect.Bool

// typed gives an action's result as its type, also where it was kept as JSON.
func typed(a office.Action, done *office.Done) (any, error) {
	kept, ok := done.Result.(json.RawMessage)
	if !ok {
		return done.Result, nil
	}
	v := reflect.New(a.Output)
	err := json.Unmarshal(kept, v.Interface())
	return v.Elem().Interface(), err
}
