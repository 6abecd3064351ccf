package personfile

import (
	"bytes"
	"strings"
	"testing"
)

const badFile = `姓名,公民身份号码,性别,出生日期,备注
李明,220102195506079417,男,19550607,好
王芳,2.20102E+17,女,19600101,一
赵强,220102196001019425,甲,19600101,二
孙丽,220102196001019441,女,19600230
"周伟,220102196001019450,男,19600101,四
吴` + "\uFFFD" + `,220102196001019468,女,19600101,=1+1
郑"刚,1,男,19600101,六
`

func errorFile(t *testing.T, files ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewErrorWriter(&b)
	for i, f := range files {
		_, bad := readAll(t, string(rune('a'+i))+".csv", f, Options{})
		for _, e := range bad {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestErrorFile(t *testing.T) {
	golden(t, "errors.csv", errorFile(t, []byte(badFile)))
}

// TestErrorFileOfTwoFiles writes rows of files with other columns, in GBK.
func TestErrorFileOfTwoFiles(t *testing.T) {
	second := gb(t, "name,workplace,sex\n李明,一厂,乙\n")
	second = append(append(second, "\xCD\xF5\x80,"...), gb(t, "二厂,女\n")...)
	golden(t, "errors-two-files.csv", errorFile(t, []byte(badFile), second))
}

// TestErrorFileReadAgain reads an error file before and after it is mended.
func TestErrorFileReadAgain(t *testing.T) {
	raw := string(errorFile(t, []byte(badFile)))
	records, bad := readAll(t, "errors.csv", []byte(raw), Options{})
	if len(records) != 0 || len(bad) != 6 {
		t.Fatalf("not mended, yet %d records are read:\n%s", len(records), outcome(records, bad))
	}
	again := string(errorFile(t, []byte(raw)))
	if lines := strings.Count(again, "\n"); lines != 7 || strings.Count(again, "text_zh") != 1 {
		t.Errorf("error file of an error file:\n%s", again)
	}
	mended := strings.NewReplacer(
		"2.20102E+17", "220102196001019433",
		"甲", "男",
		"吴\uFFFD", "吴敏",
	).Replace(raw)
	records, bad = readAll(t, "errors.csv", []byte(mended), Options{})
	want := "2:王芳 备注=一\n3:赵强 备注=二\n6:吴敏 备注==1+1\n"
	if got := outcome(records, nil); got != want || len(bad) != 3 {
		t.Errorf("mended: got\n%swant\n%s", got, want)
	}
	if records[1].Value[CitizenNumber] != "220102196001019425" {
		t.Errorf("number %q", records[1].Value[CitizenNumber])
	}
}

func TestRowErrorHoldsNoValue(t *testing.T) {
	_, bad := readAll(t, "a.csv", []byte(badFile), Options{})
	for _, e := range bad {
		for _, v := range e.Raw {
			if len(v) > 3 && strings.Contains(e.Error(), v) {
				t.Errorf("%q holds %q", e.Error(), v)
			}
		}
		if e.Text.ZH == "" || e.Text.EN == "" || e.Mend.ZH == "" || e.Mend.EN == "" {
			t.Errorf("incomplete message: %+v", e)
		}
	}
}
