package citizen

import "testing"

func TestCited(t *testing.T) {
	for _, tc := range []struct{ source, zh, en string }{
		{"居民身份证法（2003）第20条", "居民身份证法（2003）第20条", "Resident Identity Card Law (2003), article 20"},
		{"户口登记条例（1958）第17、18条", "户口登记条例（1958）第17、18条", "Household Registration Regulations (1958), articles 17 and 18"},
		{"户口登记条例（1958）第7条；公通字〔1998〕65号", "户口登记条例（1958）第7条；公通字〔1998〕65号",
			"Household Registration Regulations (1958), article 7; Notice on Problems of Household Registration, Gong Tong Zi [1998] No. 65"},
		{"公安部令第78号（2005） 第8条", "公安部令第78号（2005） 第8条", "Measures on Temporary Resident Identity Cards, Order No. 78 of the Ministry of Public Security (2005), article 8"},
		{"临时居民身份证管理办法（公安部令第78号）", "临时居民身份证管理办法（公安部令第78号）", "Measures on Temporary Resident Identity Cards, Order No. 78 of the Ministry of Public Security"},
		{"长府办发〔2005〕49号 二（一）5、二（二）", "长府办发〔2005〕49号 二（一）5、二（二）", "City Plan for Replacing Identity Cards, Chang Fu Ban Fa [2005] No. 49, part II(1)5 and II(2)"},
		{"长府办发〔2005〕49号 附件", "长府办发〔2005〕49号 附件", "City Plan for Replacing Identity Cards, Chang Fu Ban Fa [2005] No. 49, annex"},
		{"居民身份证法 (2003) art. 8", "居民身份证法（2003）第8条", "Resident Identity Card Law (2003), article 8"},
		{"practice, unconfirmed", "惯例，尚无依据可查", "practice, unconfirmed"},
		{"GB/T 2261.1；GB/T 3304", "GB/T 2261.1；GB/T 3304", "GB/T 2261.1; GB/T 3304"},
		{"", "", ""},
	} {
		if got := Cited(tc.source); got != (Text{tc.zh, tc.en}) {
			t.Errorf("%q: %+v", tc.source, got)
		}
	}
}
