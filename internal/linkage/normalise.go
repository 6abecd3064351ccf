package linkage

import (
	"hash/crc32"
	"math/bits"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage/hanzi"
)

// unreadable stands for a character that nobody can read any more: a question mark, a box, pinyin in its place, or one made locally.
const unreadable = 0xFFFF

// longestName is how many characters of a name are looked at.
const longestName = 24

// placeholderNames are written where there is no name yet.
var placeholderNames = []string{"无名", "无名氏", "未取名", "未起名", "待取名", "不详", "姓名不详", "未知", "某某", "暂无"}

// placeholderEnds end what stands for a child without a name: 张某某之子.
var placeholderEnds = []string{"之子", "之女", "之婴", "长子", "长女", "次子", "次女", "婴儿"}

// nameCharacters folds a name to character numbers: traditional and variant characters to the common ones, without blanks and middle dots. A placeholder gives
// none. A name without any Han character keeps its letters.
func nameCharacters(s string, into []uint16) []uint16 {
	tables, start := hanzi.Load(), len(into)
	s = strings.TrimSpace(s)
	if s == "" || placeholderName(s) {
		return into
	}
	han := strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	for _, r := range s {
		id := tables.ID(r)
		switch {
		case id == 0 || unicode.IsSpace(r) || middleDot(r) || unicode.Is(unicode.Cf, r):
			continue
		case citizen.PrivateUse(r) || strings.ContainsRune("?？□■＊*○◇", r):
			id = unreadable
		case han && id < 0x250: // letters or marks in place of a character: once for all of them
			if len(into) > start && into[len(into)-1] == unreadable {
				continue
			}
			id = unreadable
		case !han && id < 0x80:
			id = uint16(unicode.ToUpper(rune(id)))
		}
		if len(into)-start == longestName {
			break
		}
		into = append(into, id)
	}
	return into
}

func middleDot(r rune) bool { return strings.ContainsRune("·•⋅・‧.．。･∙●․", r) }

func placeholderName(s string) bool {
	for _, p := range placeholderNames {
		if s == p {
			return true
		}
	}
	n := utf8.RuneCountInString(s)
	for _, end := range placeholderEnds {
		if n >= 4 && strings.HasSuffix(s, end) { // 张之子 may be a name
			return true
		}
	}
	return false
}

// The parts of a packed number.
const (
	numberShift    = 62
	numberDigits   = 1<<numberShift - 1 // all but the kind
	regionMask     = 0xFFFFFF << 36
	sequenceMask   = 0xFFF
	birthMask      = 0xFFFFFF<<12 | 3<<60
	kindFifteen    = 1
	kindValid      = 2
	kindWrongCheck = 3
)

// packNumber packs a citizen number; 0 for none, for one that has not its form, and for the sequence 000.
func packNumber(s string) uint64 {
	var d [18]byte
	n := 0
	for _, r := range s {
		switch {
		case r >= '０' && r <= '９':
			r -= '０' - '0'
		case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r):
			continue
		case strings.ContainsRune("xXｘＸ*＊十", r):
			r = 'X'
		}
		if n == 18 || (r < '0' || r > '9') && !(r == 'X' && n == 17) {
			return 0
		}
		d[n] = byte(r)
		n++
	}
	century, kind, rest := uint64(2), uint64(kindFifteen), d[6:15]
	switch n {
	case 15:
		if string(d[12:14]) == "99" && d[14] >= '6' { // GB 11643-1989 kept 996 to 999 for those of the century before
			century = 1
		}
	case 18:
		kind, rest = kindWrongCheck, d[8:17]
		if check, err := citizen.CheckCharacter(string(d[:17])); err == nil && check == d[17] {
			kind = kindValid
		}
		switch string(d[6:8]) {
		case "18":
			century = 1
		case "19":
		case "20":
			century = 3
		default:
			century = 0
		}
	default:
		return 0
	}
	v := kind<<2 | century
	for _, c := range d[:6] {
		v = v<<4 | uint64(c-'0')
	}
	for _, c := range rest {
		v = v<<4 | uint64(c-'0')
	}
	if v&sequenceMask == 0 {
		return 0
	}
	return v
}

// castagnoli is linear: the digests of two numbers differ by that of their difference, so that one wrong digit can be told from the digests alone.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func linearDigest(v uint64) uint32 {
	var b [8]byte
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
	return crc32.Checksum(b[:], castagnoli)
}

// A relative's number is packed into 32 bits: 31 of its digest, and one that tells whether its check character is right.
const (
	relativeValid  = 1
	relativeDigits = ^uint32(relativeValid)
)

// relativeDigest packs a relative's number; 0 for none.
func relativeDigest(s string) uint32 {
	if s == "" {
		return 0
	}
	v := packNumber(s)
	if v == 0 {
		return 0
	}
	d := max(2, linearDigest(v&numberDigits)&relativeDigits)
	if v>>numberShift == kindValid {
		d |= relativeValid
	}
	return d
}

// slips are the differences between the digests of numbers that differ by one digit, or by two neighbours exchanged.
type slips struct {
	maybe [1 << 10]uint64
	all   map[uint32]bool
}

var slipTable = sync.OnceValue(func() *slips {
	s := &slips{all: make(map[uint32]bool)}
	zero := linearDigest(0)
	add := func(v uint64) {
		if v &= numberDigits; v != 0 {
			x := (linearDigest(v) ^ zero) & relativeDigits
			s.all[x] = true
			s.maybe[x>>22] |= 1 << (x >> 16 & 63)
		}
	}
	for place := range 16 {
		for x := uint64(1); x < 16; x++ {
			add(x << (4 * place))
			add(x<<(4*place) | x<<(4*place+4))
		}
	}
	return s
})

// near tells whether two packed relatives' numbers differ by a slip: two right numbers never do.
func (s *slips) near(a, b uint32) bool {
	x := (a ^ b) & relativeDigits
	return a&b&relativeValid == 0 && s.maybe[x>>22]>>(x>>16&63)&1 == 1 && s.all[x]
}

// A packed date is year 11 bits, month 4, day 5, as written: it need not exist.
func packDate(s string) uint64 {
	var d [8]int
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-' || c == '/' || c == '.' || c == ' ':
		case c < '0' || c > '9' || n == 8:
			return 0
		default:
			d[n] = int(c - '0')
			n++
		}
	}
	if n != 8 {
		return 0
	}
	year, month, day := d[0]*1000+d[1]*100+d[2]*10+d[3], d[4]*10+d[5], d[6]*10+d[7]
	if year < 1800 || year > 2047 || month > 15 || day > 31 {
		return 0
	}
	return uint64(year<<9 | month<<5 | day)
}

func dateParts(d uint64) (year, month, day int) { return int(d >> 9), int(d >> 5 & 15), int(d & 31) }

// placeholderDate tells whether a date stands for an unknown one: 1 January, 15 July, or a month or day of 0.
func placeholderDate(d uint64) bool {
	_, month, day := dateParts(d)
	return month == 1 && day == 1 || month == 7 && day == 15 || month == 0 || day == 0
}

// digest is FNV-1a with a finish, so that all bits count.
func digest(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return finish(h)
}

func digestCharacters(ids []uint16) uint64 {
	h := uint64(len(ids)) + 14695981039346656037
	for _, id := range ids {
		h = (h ^ uint64(id)) * 1099511628211
	}
	return finish(h)
}

func finish(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// mix makes one value of two; never 0. Both halves of one product, folded: every key of every registration goes through here.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xc2b2ae3d27d4eb4f)
	return max(1, high^low)
}

func digest32(s string) uint32 {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	return max(1, uint32(digest(s)>>32))
}

// provinces are the numbers 1 to 34 of the provinces by their first two characters.
var provinces = sync.OnceValue(func() map[string]uint16 {
	m := make(map[string]uint16)
	for code := 11; code < 83; code++ {
		d := citizen.Division([]byte{byte('0' + code/10), byte('0' + code%10), '0', '0', '0', '0'})
		if name, ok := d.NameOn(citizen.Date{}); ok {
			m[string([]rune(name)[:2])] = uint16(len(m) + 1)
		}
	}
	return m
})

// noProvince is the number of a place whose province is not said.
const noProvince = 63

// packPlace packs a birthplace: 6 bits of province and 10 of the county's digest, which leaves out what kind of division it is: 九台县 and 九台市 are one place.
func packPlace(s string) uint16 {
	s = strings.TrimSpace(s)
	if len(s) == 6 && citizen.Division(s).Known() {
		s = citizen.Division(s).FullNameOn(citizen.Date{})
	}
	if s == "" {
		return 0
	}
	province := uint16(noProvince)
	if len(s) >= 6 {
		if n, ok := provinces()[s[:6]]; ok {
			province = n
			_, rest, found := strings.Cut(s, "省")
			if !found {
				if _, rest, found = strings.Cut(s, "自治区"); !found {
					rest = s[6:]
				}
			}
			s = rest
		}
	}
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune("市区县旗盟州 　", r) {
			return -1
		}
		return r
	}, s)
	return province<<10 | uint16(digest(bare)>>32%1023+1)
}

var addressForms = strings.NewReplacer(" ", "", "　", "", "号楼", "栋", "幢", "栋", "－", "-", "大路", "路", "大街", "街", "弄", "巷", "室", "", "号", "", "单元", "-", "门", "")

// packAddress gives the digest of a whole address, and of what stands before the first figure in it: street or village. Province and city are left out, since many leave them out.
func packAddress(s string) (whole, street uint32) {
	if s == "" {
		return 0, 0
	}
	s = addressForms.Replace(s)
	for _, end := range []string{"省", "市"} {
		if i := strings.Index(s, end); i > 0 && i <= 24 {
			s = s[i+len(end):]
		}
	}
	if s == "" {
		return 0, 0
	}
	var b strings.Builder
	cut := -1
	for _, r := range s {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		if cut < 0 && (r >= '0' && r <= '9' || strings.ContainsRune("一二三四五六七八九十", r) && b.Len() > 12) {
			cut = b.Len()
		}
		b.WriteRune(r)
	}
	text := b.String()
	if cut > 0 {
		street = digest32(text[:cut])
	}
	return digest32(text), street
}

// packSex gives 1 for men, 2 for women, 0 for neither.
func packSex(s string) uint64 {
	switch strings.TrimSpace(s) {
	case "1", "男":
		return 1
	case "2", "女":
		return 2
	}
	return 0
}
