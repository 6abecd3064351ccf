package main

import (
	"fmt"
	"os"
	"time"

	"github.com/huzheng/huzheng/internal/campaign"
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

// showing shows how far a play has got: a bar on a terminal, lines elsewhere.
type showing struct {
	env     *environment
	bar     *progressbar.ProgressBar
	started time.Time
	phase   string
	day     int
}

func (env *environment) showDays() *showing {
	s := &showing{env: env, started: time.Now()}
	if file, ok := env.stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		s.bar = progressbar.NewOptions(1, progressbar.OptionSetWriter(env.stderr), progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(true))
	}
	return s
}

// dayLines is how many days lie between two lines.
const dayLines = 10

func (s *showing) step(p campaign.Progress) {
	if s.bar != nil {
		s.bar.ChangeMax(p.Days)
		s.bar.Describe(fmt.Sprintf("%s %s  %s  受理 accepted %d, 领证 handed over %d", p.Date, p.Phase.ZH, p.Phase.EN, p.Accepted, p.Handed))
		_ = s.bar.Set(p.Day)
		return
	}
	if p.Day > 0 && p.Day < p.Days && (p.Day%dayLines != 0 || p.Day == s.day) {
		return
	}
	if p.Phase.EN == s.phase && p.Day == s.day {
		return
	}
	s.phase, s.day = p.Phase.EN, p.Day
	fmt.Fprintf(s.env.stderr, "%5.1f s  %s  第 %d/%d 日 day  %s / %s  受理 accepted %d, 领证 handed over %d\n", time.Since(s.started).Seconds(), p.Date, p.Day, p.Days,
		p.Phase.ZH, p.Phase.EN, p.Accepted, p.Handed)
}

func (s *showing) end() {
	if s.bar != nil {
		_ = s.bar.Finish()
	}
}
