package web

import (
	"cmp"
	"slices"

	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
)

// arranged shows a result whose rows hold lists of their own as tables made for it, as the leaders' pages do; ok is false for any other.
func (c *call) arranged(v any) (made shown, ok bool) {
	switch result := v.(type) {
	case sitedesk.TrainingList:
		return shown{Tables: []table{c.postTable(result.People), c.courseTable(result)}}, true
	case sitedesk.EquipmentList:
		pieces := c.assetTable(result.Assets)
		c.onPaper(&pieces, result.Assets)
		needs := []table{c.unitNeedTable(result.Needs)}
		if slices.ContainsFunc(result.Needs, func(n site.Need) bool { return n.Unit != result.Needs[0].Unit }) {
			needs = []table{c.needTable(result.Total), needs[0]} // of one unit the sum says the same
		}
		return shown{Tables: append(needs, pieces)}, true
	}
	return shown{}, false
}

// postTable has a line for each post of each person: whether the person may work there, until when, and the last examination for it.
func (c *call) postTable(people []sitedesk.TrainingRow) table {
	t := c.listOf(c.t("leader.rights"), "site.training", "name", "unit", "post", "state", "valid_until", "exam", "on", "login", "place", "paper")
	t.Narrow = []int{0, 1, 2, 3, 4, 5, 6}
	for i := range people {
		one := &people[i]
		posts := slices.Clone(one.Missing)
		for _, right := range one.Rights {
			if !slices.Contains(posts, right.Post) {
				posts = append(posts, right.Post)
			}
		}
		if len(posts) == 0 { // an administrator, an auditor
			t.put(textCell(one.Name), c.unitCell(one.Unit, ""), textCell(c.t("leader.no_post")), textCell(""), textCell(""), textCell(""), textCell(""), textCell(one.Login), textCell(""), textCell(""))
		}
		for _, post := range posts {
			c.putPost(&t, one, post)
		}
	}
	return t
}

func (c *call) putPost(t *table, one *sitedesk.TrainingRow, post site.Post) {
	var right site.Right
	for _, r := range one.Rights {
		if r.Post == post {
			right = r
		}
	}
	exam := lastExam(one.Exams, post)
	state, tone := c.rightState(one, right, post)
	row := t.put(textCell(one.Name), c.unitCell(one.Unit, ""), textCell(c.codeWord("site.Post", string(post))), state, dateCell(right.Until), textCell(""), dateCell(exam.On),
		textCell(one.Login), textCell(c.factValue(exam.Place)), textCell(exam.Paper))
	if exam.Exam != "" {
		row.Cells[5] = textCell(c.t("leader.scored", exam.Score, exam.PassMark))
		if !exam.Practical {
			row.Cells[5].Text = c.t("list.within", row.Cells[5].Text, c.t("leader.practical_failed"))
		}
	}
	if row.Tone = tone; tone != "" || right.May() {
		row.Href = c.rightHref(one, tone != "")
	}
}

// rightState says in a word how a person stands at a post, and how the line is marked; no mark where the person may work.
func (c *call) rightState(one *sitedesk.TrainingRow, right site.Right, post site.Post) (state cell, tone string) {
	switch {
	case right.Suspended:
		return tagCell("stop", c.t("leader.suspended")), "stop"
	case right.May() && slices.Contains(one.RenewNow, post):
		return tagCell("wait", c.t("leader.renew")), ""
	case right.May():
		return tagCell("done", c.t("leader.may_work")), ""
	case slices.Contains(one.Missing, post):
		return tagCell("late", c.t("leader.may_not_work")), "late"
	}
	return tagCell("wait", c.t("leader.not_asked")), "" // of an earlier role
}

// lastExam is a person's newest examination for a post; the zero value where there is none.
func lastExam(all []site.Examined, post site.Post) (last site.Examined) {
	for _, e := range all {
		if e.Post == post && (last.Exam == "" || !e.On.Before(last.On)) {
			last = e
		}
	}
	return last
}

// unitNeedTable is what each unit needs and has; what it lacks comes first.
func (c *call) unitNeedTable(needs []site.Need) table {
	t := c.listOf(c.t("leader.needs.unit"), "site.equipment_list", "unit", "type", "#norm", "#present", "#in_service", "#coming", "#need", "unconfirmed")
	for _, n := range slices.SortedStableFunc(slices.Values(needs), func(a, b site.Need) int { return cmp.Compare(max(b.Need, 0), max(a.Need, 0)) }) {
		row := t.put(c.unitCell(n.Unit, ""), textCell(Titled(n.Text.In(c.lang))), numberCell(int64(n.Norm)), numberCell(int64(n.Present)), numberCell(int64(n.InService)), numberCell(int64(n.Coming)),
			numberCell(int64(max(n.Need, 0))), textCell(""))
		if n.Unconfirmed {
			row.Cells[7] = textCell(c.t("leader.norm_unconfirmed"))
		}
		if n.Need > 0 {
			row.Tone = "late"
		}
	}
	return t
}

// onPaper appends to the pieces of equipment what a workbook says of them besides, for which the screen has no room.
func (c *call) onPaper(t *table, assets []site.Asset) {
	for i := range t.Columns {
		t.Narrow = append(t.Narrow, i)
	}
	t.Columns = append(t.Columns, c.columnsOf("site.equipment_list", "serial", "#price_fen", "sheet", "failed")...)
	for i := range assets {
		a := &assets[i]
		failed := ""
		if a.Failed {
			failed = c.t("form.yes")
		}
		t.Rows[i].Cells = append(t.Rows[i].Cells, textCell(a.Serial), moneyCell(a.PriceFen), textCell(a.Sheet), textCell(failed))
	}
}
