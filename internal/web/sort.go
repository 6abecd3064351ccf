package web

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// sortValues sorts keys of a map as a reader expects: numbers by size, texts by code point.
func sortValues(keys []reflect.Value) {
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.CanInt() && b.CanInt() {
			return int(a.Int() - b.Int())
		}
		return strings.Compare(fmt.Sprint(a.Interface()), fmt.Sprint(b.Interface()))
	})
}
