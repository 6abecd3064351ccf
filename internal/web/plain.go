package web

import "regexp"

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
