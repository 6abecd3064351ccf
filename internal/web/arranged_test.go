package web

import (
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
)

// texts are the words of a list's lines, cell by cell.
func texts(t table) (all [][]string) {
	for _, r := range t.Rows {
		var line []string
		for _, one := range r.Cells {
			if one.Lines {
				line = append(line, "several lines")
			}
			line = append(line, one.Text)
		}
		all = append(all, line)
	}
	return all
}

// TestTrainingIsALinePerPost: what a person may do stands post by post, in words, with the newest examination; not as records in one cell.
func TestTrainingIsALinePerPost(t *testing.T) {
	day := citizen.MustDate
	posts := site.Posts[:4]
	exam := func(post site.Post, id string, score int, practical bool, on string) site.Examined {
		return site.Examined{Exam: id, Post: post, Score: score, PassMark: 60, Practical: practical, On: day(on), Place: "220102"}
	}
	list := sitedesk.TrainingList{People: []sitedesk.TrainingRow{
		{Unit: "220102001", Login: "han", Name: "韩文文", Missing: []site.Post{posts[1], posts[2]}, RenewNow: []site.Post{posts[0]},
			Rights: []site.Right{{Post: posts[0], Until: day("2005-10-01"), Certified: true, Active: true}, {Post: posts[1], Until: day("2007-08-02"), Suspended: true}, {Post: posts[3], Until: day("2005-08-01")}},
			Exams:  []site.Examined{exam(posts[0], "1", 50, true, "2005-08-02"), exam(posts[0], "2", 75, true, "2005-08-02"), exam(posts[2], "3", 90, false, "2005-08-03")}},
		{Unit: "220102", Login: "feng", Name: "冯文和"},
	}}
	c := &call{lang: "en", s: &Server{Config: Config{Office: &office.Office{}}, units: unitNames{names: map[event.Unit]string{"220102": "南关区公安分局", "220102001": "钰岭派出所"}}}}
	made := c.show("site.training", list)
	if len(made.Tables) != 2 || len(made.Facts) != 0 {
		t.Fatalf("%+v", made)
	}
	word := func(post site.Post) string { return c.codeWord("site.Post", string(post)) }
	want := [][]string{
		{"韩文文", "钰岭派出所", word(posts[1]), "Suspended", "2007-08-02", "", "", "han", "", ""},
		{"韩文文", "钰岭派出所", word(posts[2]), "May not work", "", "90 points, pass 60: practical task failed", "2005-08-03", "han", "南关区公安分局", ""},
		{"韩文文", "钰岭派出所", word(posts[0]), "Renew now", "2005-10-01", "75 points, pass 60", "2005-08-02", "han", "南关区公安分局", ""},
		{"韩文文", "钰岭派出所", word(posts[3]), "Not needed for the role", "2005-08-01", "", "", "han", "", ""},
		{"冯文和", "南关区公安分局", "No certificate needed", "", "", "", "", "feng", "", ""},
	}
	got := texts(made.Tables[0])
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !slices.Equal(got[i], want[i]) {
			t.Errorf("%q, want %q", got, want)
			break
		}
	}
}

// TestEquipmentIsShortColumns: what a unit lacks comes first; a piece has a line of what fits the screen, and all of it in the workbook; one unit's needs are not summed beside it.
func TestEquipmentIsShortColumns(t *testing.T) {
	type list = sitedesk.EquipmentList
	need := func(unit event.Unit, lack int) site.Need {
		return site.Need{Unit: unit, Type: "computer", Text: citizen.Text{ZH: "计算机", EN: "computer"}, Norm: 2, Present: 2 - lack, Need: lack}
	}
	c := &call{lang: "en", s: &Server{Config: Config{Office: &office.Office{}}, units: unitNames{names: map[event.Unit]string{"220102": "南关区公安分局", "220102001": "钰岭派出所"}}}}
	assets := []site.Asset{{Asset: "220102001-computer-1", Unit: "220102001", Type: "computer", Step: site.Repair, Serial: "SN1", PriceFen: 250000, Sheet: "T1", Failed: true}}
	one := c.show("site.equipment_list", list{Needs: []site.Need{need("220102001", 0)}, Total: []site.Need{need("220102001", 0)}, Assets: assets}).Tables
	several := c.showPages("site.equipment_list", list{Needs: []site.Need{need("220102", 0), need("220102001", 1)}, Total: []site.Need{need("220102", 1)}, Assets: assets}).Tables
	if len(one) != 2 || len(several) != 3 {
		t.Fatalf("%d and %d lists", len(one), len(several))
	}
	if first := several[1].Rows[0]; first.Cells[0].Text != "钰岭派出所" || first.Tone != "late" {
		t.Errorf("what is lacking does not come first: %+v", texts(several[1]))
	}
	pieces := several[2]
	if n := len(pieces.Columns); n != len(pieces.Rows[0].Cells) || len(pieces.Narrow) >= n || len(pieces.Narrow) > 9 {
		t.Errorf("%d columns, %d shown", n, len(pieces.Narrow))
	}
	if line := texts(pieces)[0]; !slices.Equal(line[len(line)-4:], []string{"SN1", "2500.00", "T1", c.t("form.yes")}) || pieces.Rows[0].Tone != "late" {
		t.Errorf("%q", line)
	}
}
