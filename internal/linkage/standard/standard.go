// Package standard holds the model that huzheng link uses when it is given none. README.md says what it was trained on.
package standard

import (
	"bytes"
	_ "embed" // the model is compiled in
	"sync"

	"github.com/huzheng/huzheng/internal/linkage"
)

//go:embed standard.model
var file []byte

// Model returns the model; it is read at the first call.
var Model = sync.OnceValue(func() *linkage.Model {
	m, err := linkage.ReadModel(bytes.NewReader(file))
	if err != nil {
		panic(err) // compiled in, and tested
	}
	return m
})
