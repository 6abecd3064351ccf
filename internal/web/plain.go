package web

import (
	"regexp"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// actionName is an action as the command line calls it; rules name it so in their advice.
var actionName = regexp.MustCompile(`\b(?:card|fund|programme|register|site|verify|records)\.[a-z]+(?:_[a-z]+)*\b`)

// plain is a rule's text for people at a page: an action is called by its title.
func (s *Server) plain(text, lang string) string {
	return actionName.ReplaceAllStringFunc(text, func(name string) string {
		if a, ok := s.Office.Action(name); ok {
			return a.Text.In(lang)
		}
		return name
	})
}

// named is an error whose refusal, if it is one, calls the units that it is about by their names.
func (u *unitNames) named(err error) error {
	refusal, ok := event.AsRefusal(err)
	if !ok || len(refusal.Units) == 0 {
		return err
	}
	said := *refusal // the rule's own may be shared
	for _, unit := range refusal.Units {
		code, name := regexp.MustCompile(`\b`+regexp.QuoteMeta(string(unit))+`\b`), u.name(unit)
		for _, text := range []*citizen.Text{&said.Text, &said.Mend} {
			text.ZH, text.EN = code.ReplaceAllLiteralString(text.ZH, name), code.ReplaceAllLiteralString(text.EN, name)
		}
	}
	return &said
}
