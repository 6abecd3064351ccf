package register

import (
	"slices"
	"strings"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// form95 is the notice with the registration form and how it is filled in.
const form95 = "公通字〔1995〕91号"

// notInNames are what a name that is entered or altered must not hold: the form takes the full name in Chinese characters, and a minority's or a naturalised person's own
// script is added on the paper. Rare characters are names as good as any. What stood in the old files stays until somebody alters it; the item rules find it (form.name).
var notInNames = []string{citizen.NameNotHan, citizen.NameMiddleDot, citizen.NameBlank}

// checkName is asked of every name that an act sets, not of those that it takes along.
func checkName(name string) error {
	for _, issue := range citizen.CheckName(name) {
		switch {
		case issue.Action == citizen.Refuse:
			return field("name", event.Refuse("register.name", "GB 18030", issue.Text,
				citizen.Text{ZH: "按出生医学证明或户口簿重新录入姓名", EN: "enter the name again from the certificate or the booklet"}))
		case slices.Contains(notInNames, issue.Class):
			return field("name", event.Refuse("register.name", form95, issue.Text,
				citizen.Text{ZH: "姓名栏只填汉字，少数民族姓名中间用“·”；本民族文字、外文写在纸质登记表上",
					EN: "a name is written in Chinese characters, with · between the parts of a minority's name; a script of one's own is written on the paper form"}))
		}
	}
	return nil
}

// checkFormerName is milder: names formally used before may have been written in another script, and several stand in one item.
func checkFormerName(name string) error {
	for _, r := range name {
		if !unicode.In(r, unicode.L, unicode.M) && !strings.ContainsRune("〇·、，, .-'’", r) || citizen.PrivateUse(r) {
			return field("former_name", event.Refuse("register.name", form95,
				citizen.Text{ZH: "曾用名中有不是文字的符号“" + string(r) + "”", EN: "the former name has a sign that is no letter or character: “" + string(r) + "”"},
				citizen.Text{ZH: "按户口簿或登记表录入；多个曾用名之间用顿号", EN: "enter it from the booklet or the form, several with a comma between them"}))
		}
	}
	return nil
}
