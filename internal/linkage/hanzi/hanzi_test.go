package hanzi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"pgregory.net/rapid"
)

// The tables are those that tools/hanzi wrote from Unihan 15.0.
func TestDigest(t *testing.T) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	const want = "2f446aebdd222adae5af8335baeac48c624e4a50d923f7d3fa5f5475b03aff61"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the tables' digest is %s", got)
	}
}

func (t *Tables) sound(r rune) string { return t.Syllable(t.Pinyin(t.ID(r))) }

// Surnames that are read otherwise than the same character elsewhere, and characters of given names.
func TestReadings(t *testing.T) {
	h := Load()
	for r, want := range map[rune]string{'单': "shan", '仇': "qiu", '解': "xie", '查': "zha", '曾': "zeng", '任': "ren", '区': "ou", '盖': "gai", '朴': "piao", '尹': "yin", '长': "chang",
		'吕': "lv", '女': "nv", '晟': "sheng", '張': "zhang", '𬍛': "li", '王': "wang", 'A': "", '·': "", '\uE000': "", '\U00020000': ""} {
		if got := h.sound(r); got != want {
			t.Errorf("%c is read %q, want %q", r, got, want)
		}
	}
}

// Every surname of the register's own table has the reading that it is sorted by.
func TestReadingsAgreeWithRegister(t *testing.T) {
	h := Load()
	for _, name := range strings.Fields("赵 钱 孙 李 周 吴 郑 王 冯 陈 褚 卫 蒋 沈 韩 杨 朱 秦 尤 许 何 吕 施 张 孔 曹 严 华 金 魏 陶 姜 单 仇 解 查 曾 任 区 盖 朴 乐 尉 折 洗 冼 员 秘 种 逄 隗 燕") {
		r, _ := utf8.DecodeRuneInString(name)
		if got, want := h.sound(r), citizen.Pinyin(name); got != want {
			t.Errorf("%s is read %q, in the register %q", name, got, want)
		}
	}
}

func TestMerged(t *testing.T) {
	h := Load()
	merged := func(r rune) uint16 { return h.Merged(h.ID(r)) }
	for _, pair := range []string{"林凌", "刘牛", "张臧", "陈岑", "孙顺", "胡福", "惠飞", "魂芬", "黄方", "华法", "兰南", "金京", "吕女", "山桑", "真曾"} {
		r := []rune(pair)
		if merged(r[0]) == 0 || merged(r[0]) != merged(r[1]) {
			t.Errorf("%s do not sound alike: %s %s", pair, h.sound(r[0]), h.sound(r[1]))
		}
	}
	for _, pair := range []string{"王李", "东丰", "汉范", "安阿", "鱼吕"} {
		if r := []rune(pair); merged(r[0]) == merged(r[1]) {
			t.Errorf("%s sound alike", pair)
		}
	}
	if h.Merged(h.ID('A')) != 0 || h.Syllable(9999) != "" || h.Syllable(0) != "" {
		t.Error("what has no reading has one")
	}
}

func TestFold(t *testing.T) {
	h := Load()
	for r, want := range map[rune]rune{'張': '张', '昇': '升', '璿': '璇', '劉': '刘', '淼': '淼', '喆': '哲', '堃': '坤', '犇': '奔', '陞': '升', '國': '国', '萧': '萧', '肖': '肖', '乾': '乾', '傅': '傅',
		'\uF9D1': '六', 'A': 'A', '𬍛': '𬍛', -1: -1} {
		if got := h.Fold(r); got != want {
			t.Errorf("%c is folded to %c, want %c", r, got, want)
		}
	}
	if h.ID('Ａ') != h.ID('A') || h.ID('劉') != h.ID('刘') || h.ID(utf8.RuneError) != 0 || h.ID(-1) != 0 {
		t.Error("numbers are not those of the folded character")
	}
}

// Folding twice changes nothing more, and characters that have a number of their own come back.
func TestNumbers(t *testing.T) {
	h := Load()
	rapid.Check(t, func(t *rapid.T) {
		r := rune(rapid.OneOf(rapid.Int32Range(0, 0x323AF), rapid.SampledFrom([]int32{0x2C35B, 0x20000, 0xD7FF, 0xE000, 0xFFFF})).Draw(t, "rune"))
		if folded := h.Fold(r); h.Fold(folded) != folded {
			t.Fatalf("%U: %U, %U", r, folded, h.Fold(folded))
		}
		if back := h.Rune(h.ID(r)); back != utf8.RuneError && h.ID(back) != h.ID(r) {
			t.Fatalf("%U has number %d, which is %U", r, h.ID(r), back)
		}
	})
	if h.ID('𬍛') == h.ID('𬉼') || h.Rune(h.ID('𬍛')) != '𬍛' || h.Rune(h.ID('\U00020001')) != utf8.RuneError {
		t.Error("characters beyond the basic plane")
	}
}

func TestShape(t *testing.T) {
	h := Load()
	if code, ok := h.FourCorner(h.ID('单')); !ok || code != 8050 {
		t.Errorf("四角号码 %d %v", code, ok)
	}
	if _, ok := h.FourCorner(h.ID('A')); ok || h.Strokes(h.ID('张')) != 7 || h.Radical(h.ID('张')) != 57 || h.Radical(h.ID('A')) != 0 {
		t.Error("strokes and radical")
	}
	for _, pair := range []string{"清青", "晴睛", "未末", "土士", "己已", "洋详", "玲铃", "辉晖", "王玉", "大太", "莉利", "伟纬", "冈刚", "日曰", "洪供", "薛薜", "于干", "田由", "杨扬", "坤绅"} {
		if r := []rune(pair); !h.Similar(h.ID(r[0]), h.ID(r[1])) || !h.Similar(h.ID(r[1]), h.ID(r[0])) {
			t.Errorf("%s do not look alike: %d", pair, h.cornersAlike(h.ID(r[0]), h.ID(r[1])))
		}
	}
	for _, pair := range []string{"张李", "国华", "伟芳", "AB", "王王", "·丶"} {
		if r := []rune(pair); h.Similar(h.ID(r[0]), h.ID(r[1])) {
			t.Errorf("%s look alike", pair)
		}
	}
}

// Few of all pairs may look alike, or the level would say nothing.
func TestSimilarIsRare(t *testing.T) {
	h := Load()
	names := []rune("淑英桂兰玉珍秀凤霞芳丽敏静燕红梅伟勇军强杰磊涛超明刚平辉鹏飞华文国建志海波斌宇浩然子涵欣怡梓轩雨泽晨阳思佳雪婷慧琳倩颖洁莹晶淼春生福贵财德仁义礼智信忠孝")
	alike, all := 0, 0
	for i, a := range names {
		for _, b := range names[:i] {
			all++
			if h.Similar(h.ID(a), h.ID(b)) {
				alike++
			}
		}
	}
	if alike*100 > all*4 {
		t.Errorf("%d of %d pairs of given-name characters look alike", alike, all)
	}
}

func BenchmarkSimilar(b *testing.B) {
	h := Load()
	x, y := h.ID('清'), h.ID('晴')
	for b.Loop() {
		h.Similar(x, y)
	}
}
