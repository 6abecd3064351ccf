package main

import (
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress returns a function that shows how far a long work has got, on a terminal only.
func (env *environment) progress(what string) func(n int64) {
	file, ok := env.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetDescription(what), progressbar.OptionSetWriter(env.stderr),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	return func(n int64) { _ = bar.Set64(n) }
}
