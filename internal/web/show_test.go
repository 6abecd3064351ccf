package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
)

// shownIn puts a result into words without a node.
func shownIn(lang, action string, v any) shown {
	c := &call{s: &Server{Config: Config{Office: &office.Office{}}}, lang: lang}
	return c.show(action, v)
}

// TestResultSaysEachThingOnce: a code's words do not stand beside the code that was put into the same words, nor an identifier in each struct of a row.
func TestResultSaysEachThingOnce(t *testing.T) {
	phase := programme.Phase{Phase: programme.Replacement, Name: citizen.Text{ZH: "集中换发阶段", EN: "mass replacement"}, From: citizen.MustDate("2005-09-01"), To: citizen.MustDate("2008-12-31")}
	for _, lang := range []string{"zh", "en"} {
		out := shownIn(lang, "programme.phases", struct {
			Phase  programme.Phase   `json:"now"`
			Phases []programme.Phase `json:"phases"`
		}{phase, []programme.Phase{phase}})
		if len(out.Facts) != 3 || out.Facts[0].Text == programme.Replacement {
			t.Errorf("%s: %+v", lang, out.Facts)
		}
		if keys := columnKeys(out.Tables[0]); !slices.Equal(keys, []string{"phase", "from", "to"}) {
			t.Errorf("%s: %v", lang, keys)
		}
	}
	id := "01a21eac-0f63-7d26-b2f6-9dcaa902ede2"
	type reply struct {
		Order string `json:"order"`
		Words string `json:"words"`
		Value int64  `json:"value"`
	}
	type order struct {
		Order   string  `json:"order"`
		Value   int64   `json:"value"`
		Reply   reply   `json:"reply"`
		Replies []reply `json:"replies"`
	}
	one := order{id, 1, reply{id, "设备故障", 1}, []reply{{id, "设备故障", 1}}}
	out := shownIn("zh", "programme.orders", []order{one})
	if keys := columnKeys(out.Tables[0]); !slices.Equal(keys, []string{"order", "value", "words", "value", "replies"}) {
		t.Errorf("%v", keys)
	}
	if cells := out.Tables[0].Rows[0].Cells; strings.Contains(cells[len(cells)-1].Text, id) {
		t.Errorf("an identifier in full: %s", cells[len(cells)-1].Text)
	}
}

// TestResultTellsAlikeValuesApart: a forecast's three estimates stand under their own names.
func TestResultTellsAlikeValuesApart(t *testing.T) {
	out := shownIn("en", "programme.forecast", programme.Forecast{Target: 168, Best: programme.Estimate{Never: true}, Worst: programme.Estimate{Never: true}})
	labels := make(map[string]bool)
	for _, f := range out.Facts {
		if labels[f.Label] {
			t.Errorf("two facts are called %q", f.Label)
		}
		labels[f.Label] = true
	}
	if !labels["Target"] || !labels["At best: Never at this pace"] {
		t.Errorf("%+v", out.Facts)
	}
}

// TestMomentsStandUnderTheirHead: the head of a column of moments stands at the left, as they do.
func TestMomentsStandUnderTheirHead(t *testing.T) {
	out := shownIn("zh", "programme.heard", []programmedesk.Heard{{Last: 1}})
	for i, column := range out.Tables[0].Columns {
		if column.Num != out.Tables[0].Rows[0].Cells[i].Num {
			t.Errorf("%s: the head's side is not its cells'", column.Key)
		}
	}
}

func columnKeys(t table) []string {
	var keys []string
	for _, column := range t.Columns {
		keys = append(keys, column.Key)
	}
	return keys
}
