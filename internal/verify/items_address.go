package verify

import (
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

var mendAddress = t("入户核对后按标准地址改写", "compare on the spot and write the standard address")

// addressRules are about the address of registration.
var addressRules = []Rule{
	{Code: "address.differs", Severity: SeverityError, Item: "address", Reads: householdNo, Source: book58, Text: t("同户人员住址不同", "members of one household have different addresses"),
		Mend: t("核实后统一住址或分户", "find out, then correct the address or split the household"), house: func(h *house, broken func(*person)) {
			for i := range h.members {
				if !h.alone && h.members[i].Address != h.members[0].Address {
					broken(&h.members[i])
				}
			}
		}},
	addressRule("address.no_number", "住址没有门牌、组或室的号数", "the address has no number of door, group or room", form95, func(a string) bool {
		return !strings.ContainsAny(a, "0123456789０１２３４５６７８９一二三四五六七八九十")
	}),
	addressRule("address.no_door", "住址有街路而没有门牌号", "the address names a street and no door number", form95, func(a string) bool {
		return strings.ContainsAny(a, "路街") && !strings.ContainsAny(a, "号委组村屯")
	}),
	addressRule("address.no_room", "住址有单元而没有室号", "the address names a staircase and no room", form95, func(a string) bool {
		return strings.Contains(a, "单元") && !strings.ContainsAny(a, "室户")
	}),
	addressRule("address.division", "住址没有写明县、市或区", "the address names no county, city or district", form95, func(a string) bool { return !strings.ContainsAny(a, "县市区旗") }),
	addressRule("address.old_division", "住址用的是已撤销的行政区划名称", "the address names a division that was abolished", "GB/T 2260", func(a string) bool {
		for _, old := range []string{"榆树县", "九台县", "德惠县", "双阳县", "二道河子区", "长春市郊区"} {
			if strings.Contains(a, old) {
				return true
			}
		}
		return false
	}),
	addressRule("address.width", "住址中有全角字母或数字", "the address has full-width letters or digits", form95, func(a string) bool {
		return strings.ContainsFunc(a, func(r rune) bool {
			return r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ'
		})
	}),
	addressRule("address.repeated", "住址中同一地名连写两遍", "the address has one name twice in a row", form95, repeated),
	addressRule("address.too_long", "住址超过 35 个字符位，证件芯片装不下", "the address is longer than 35 units and does not fit the card's chip", "GA 490", func(a string) bool {
		return !citizen.FitsCard(a, citizen.CardAddressUnits)
	}),
}

func addressRule(code, zh, en, source string, wrong func(string) bool) Rule {
	return Rule{Code: code, Severity: SeverityWarn, Item: "address", Source: source, Text: t(zh, en), Mend: mendAddress,
		person: func(p *person) bool { return p.Address != "" && wrong(p.Address) }}
}

// repeated tells a name of two to six characters that ends like a place and is followed by itself.
func repeated(address string) bool {
	var room [64]int
	starts := room[:0] // of each character, and the end
	for i := range address {
		starts = append(starts, i)
	}
	starts = append(starts, len(address))
	for end := 2; end < len(starts)-1; end++ {
		if !strings.Contains("省市区县镇乡街路道村屯", address[starts[end-1]:starts[end]]) {
			continue
		}
		for n := 2; n <= min(6, end, len(starts)-1-end); n++ {
			if address[starts[end-n]:starts[end]] == address[starts[end]:starts[end+n]] {
				return true
			}
		}
	}
	return false
}
