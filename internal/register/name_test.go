package register

import (
	"testing"

	"github.com/huzheng/huzheng/internal/event"
)

// TestCheckName_95No91: an act sets a name in Chinese characters, rare ones among them, with a middle dot between the parts of a minority's; nothing else.
func TestCheckName_95No91(t *testing.T) {
	for name, source := range map[string]string{
		"王芳": "", "欧阳娜娜": "", "阿不都热依木·买买提": "", "艾孜买提·吐尔逊·木沙": "", "王〇": "", "赵𠅤": "", "张堃垚": "", "李㛃": "", "一二三四五六七八九十一二三四五六": "",
		"<script>alert(1)</script>": form95, "王<": form95, "Ivan": form95, "王X": form95, "王2": form95, "王 芳": form95, " 王芳": form95, "王芳\u3000": form95, "王.芳": form95, "王•芳": form95, "·王": form95,
		"王·": form95, "王，芳": form95, "王?": form95, "王□": form95, "ｗ": form95, "ひろ": form95, "王'--": form95,
		"": "GB 18030", "  ": "GB 18030", "王\ue000": "GB 18030", "王\u200b": "GB 18030", "王\ufffd": "GB 18030", "王\n芳": form95,
	} {
		refusal, _ := event.AsRefusal(checkName(name))
		switch {
		case source == "" && refusal != nil:
			t.Errorf("%q: %v", name, refusal)
		case source != "" && (refusal == nil || refusal.Source != source || refusal.Field != "name" || refusal.Text.ZH == "" || refusal.Mend.EN == ""):
			t.Errorf("%q: %+v, want by %s", name, refusal, source)
		}
	}
}

// TestCheckFormerName_95No91: names formally used before may stand in another script, and several together; signs that are none are refused.
func TestCheckFormerName_95No91(t *testing.T) {
	for name, taken := range map[string]bool{"": true, "王小芳": true, "王芳、李芳": true, "Иван Петров": true, "O'Brien-Smith": true, "阿不都·买买提": true, "<b>": false, "王1": false, "王\ue000": false, "a=b": false} {
		if refusal, _ := event.AsRefusal(checkFormerName(name)); (refusal == nil) != taken || refusal != nil && refusal.Field != "former_name" {
			t.Errorf("%q: %v", name, refusal)
		}
	}
}
