// Package lines writes the lines of lists, and the texts in them, for the pages.
//
// A list of a hundred lines has a thousand cells: a template that chooses the form of each by reflection took half of the time of such a page. What comes from files and people is escaped as
// a template would escape it, and a link must lead to a page of ours.
package lines

import (
	"fmt"
	"html/template"
	"regexp"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Line is one line of a list.
type Line struct {
	Href   string // of its first cell
	Beside string // opens the record beside the list; empty: it is not offered
	Cells  []Cell
	Tone   string
	Key    string // what is picked with the line, where lines are picked
	Picked bool
}

// Cell is one value of a line.
type Cell struct {
	Text, Href, Tag string
	Num, Number     bool // a quantity; a citizen number
	Lines           bool // each line of Text is a record of its own
	Part, Whole     int  // a share, shown with its bar; Text is its percentage
}

// Shown writes the cells, with the words of the link that opens the record beside the list.
func (l *Line) Shown(beside string) template.HTML {
	var b strings.Builder
	for i := range l.Cells {
		c := &l.Cells[i]
		b.WriteString("<td" + c.class() + ">")
		href := c.Href
		if i == 0 && href == "" {
			href = l.Href
		}
		c.write(&b, href)
		if i == 0 && l.Beside != "" {
			fmt.Fprintf(&b, `<a class="beside" href="%s" rel="nofollow" aria-label="%s" title="%s →"><svg class="icon" aria-hidden="true" focusable="false"><use href="/static/icons.svg#next"/></svg></a>`,
				own(l.Beside), escaped(beside+" "+c.Text), escaped(beside))
		}
		b.WriteString("</td>")
	}
	return template.HTML(b.String())
}

// long is from how many bytes on a cell's text takes the width that it needs.
const long = 100

func (c *Cell) class() string {
	switch {
	case c.Num:
		return ` class="num"`
	case c.Lines:
		return ` class="lines"`
	case len(c.Text) > long:
		return ` class="long"`
	}
	return ""
}

func (c *Cell) write(b *strings.Builder, href string) {
	text := escaped(c.Text)
	switch {
	case c.Whole != 0:
		fmt.Fprintf(b, `<div class="progress"><progress max="%d" value="%d">%s</progress><span class="num">%d / %d · %s</span></div>`, c.Whole, c.Part, text, c.Part, c.Whole, text)
	case c.Tag != "":
		b.WriteString(`<span class="tag ` + escaped(c.Tag) + `">` + text + "</span>")
	case href != "":
		b.WriteString(`<a href="` + own(href) + `">` + c.marked() + "</a>")
	case c.Num && !c.Number:
		b.WriteString(text)
	default:
		b.WriteString(c.marked())
	}
}

func (c *Cell) marked() string {
	if c.Number {
		return string(Number(c.Text))
	}
	return string(Unbroken(c.Text))
}

// Number writes a citizen number in its three parts: division, date of birth, sequence and check character (GB 11643-1999, 4.1); another text as it is.
func Number(number string) template.HTML {
	born := map[int]int{18: 14, 15: 12}[len(number)]
	if born == 0 {
		return template.HTML(`<span class="number">` + escaped(number) + "</span>")
	}
	return template.HTML(`<span class="number"><span>` + escaped(number[:6]) + "</span><span>" + escaped(number[6:born]) + "</span><span>" + escaped(number[born:]) + "</span></span>")
}

// unbrokenLetters is up to how many letters a date, a number or a code stands on one line: so many have room in the narrowest cell.
const unbrokenLetters = 16

// codeInText is a date, a number or a code in a text, with the mark of what is left out before it.
var codeInText = regexp.MustCompile(`…?[0-9A-Za-z_-]*[0-9][0-9A-Za-z_./:-]*[0-9A-Za-z_]`)

// Unbroken writes a text so that its dates, numbers and codes are not broken over two lines.
func Unbroken(text string) template.HTML {
	if !strings.ContainsAny(text, "0123456789") {
		return template.HTML(escaped(text))
	}
	var marked strings.Builder
	end := 0
	for _, at := range codeInText.FindAllStringIndex(text, -1) {
		code := text[at[0]:at[1]]
		if len(code) > unbrokenLetters {
			continue
		}
		tag, of := "span", ` class="unbroken"`
		if _, err := citizen.ParseDate(code); err == nil && len(code) == len(time.DateOnly) {
			tag, of = "time", ""
		}
		marked.WriteString(escaped(text[end:at[0]]) + "<" + tag + of + ">" + code + "</" + tag + ">")
		end = at[1]
	}
	return template.HTML(marked.String() + escaped(text[end:]))
}

func escaped(text string) string { return template.HTMLEscapeString(text) }

// own is an address as it stands in a link: one that is not of our own pages leads nowhere.
func own(href string) string {
	if strings.HasPrefix(href, "?") || strings.HasPrefix(href, "#") || strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") && !strings.HasPrefix(href, `/\`) {
		return escaped(href)
	}
	return "#"
}
