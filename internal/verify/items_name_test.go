package verify

import (
	"strings"
	"testing"
)

// Slips of shape in common surnames are seen; surnames, however rare, compound or of one character, are not doubted.
func TestOddSurname(t *testing.T) {
	for _, odd := range strings.Fields("伟国强 材梅 扬振田 孝秀荣 陣玉 浏祥昌 呈竹丽") {
		if _, got := oddSurname(odd); !got {
			t.Errorf("%s passes", odd)
		}
	}
	for _, right := range strings.Fields("韦国强 玉祥盛 原燕 普兰钢 亓官明 欧阳修 上官云 仝立 代红 付强 王 丽 阿依古丽·买买提 John 王Q") {
		if _, got := oddSurname(right); got {
			t.Errorf("%s is doubted", right)
		}
	}
}

func TestBlankInside(t *testing.T) {
	for name, want := range map[string]bool{"王 强": true, "王　小 宝": true, " 王强　": false, "John Smith": false, "": false, "王强": false} {
		if blankInside(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
