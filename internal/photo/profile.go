package photo

import (
	"math"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Profile is one set of rules for a card's picture: its form, where the face goes, and the limit of every measure.
type Profile struct {
	Name   string
	Title  citizen.Text
	Source string // where its figures are from
	Width  int
	Height int
	DPI    int

	FaceWidth float64 // pixels, that the normaliser aims at
	Pupils    float64 // distance between them where the face's width cannot be measured
	HairRow   float64 // that the hair's top is put at
	EyeLowest float64 // row below which the eyes never lie: it goes before the hair (GA 461-2004 4.1.6)
	EyeRow    float64 // of the eyes where the hair's top cannot be measured

	Quality  int // of the first try
	Quality0 int // lowest and
	Quality1 int // highest that is tried to reach the size
	Bytes    Range

	SkinA, SkinB Range // CIELAB of the cheeks under even light
	Limits       map[string]Limit
}

var (
	any0 = Range{math.Inf(-1), math.Inf(1)}
	none = Range{math.Inf(1), math.Inf(-1)}
)

func atLeast(v float64) Range { return Range{v, math.Inf(1)} }
func atMost(v float64) Range  { return Range{math.Inf(-1), v} }

// ga461 is GA 461-2004. Size, resolution, colour, quality, the face's width, hair and eye line are the standard's; all others are ours, after the OFIQ
// reference values where it has one (UNCONFIRMED for the checker of 2005), calibrated on drawn faces. Brightness and range of tones are wider than OFIQ's, so that
// no skin from very light to very dark is doubted in the right light.
var ga461 = Profile{
	Name: "ga461-2004", Title: citizen.Text{ZH: "居民身份证 GA 461-2004", EN: "resident identity card, GA 461-2004"}, Source: "GA 461-2004",
	Width: 358, Height: 441, DPI: 350, FaceWidth: 207, Pupils: 92, HairRow: 14, EyeLowest: 234, EyeRow: 188,
	Quality: 70, Quality0: 65, Quality1: 95, Bytes: Range{14_000, 20_000}, SkinA: Range{5, 25}, SkinB: Range{5, 35},
	Limits: map[string]Limit{
		"C1.width":       {Range{358, 358}, none},
		"C1.height":      {Range{441, 441}, none},
		"C2.dpi":         {Range{350, 350}, any0},
		"C3.components":  {Range{3, 3}, none},
		"C3.coloured":    {atLeast(2), none},
		"C4.jpeg":        {Range{1, 1}, any0},
		"C4.quality":     {Range{65, 95}, atLeast(65)},
		"C5.bytes":       {Range{8_000, 40_000}, any0},
		"C6.white":       {atLeast(235), atLeast(220)},
		"C6.cast":        {atMost(8), atMost(12)},
		"C7.deviation":   {atMost(6), atMost(12)},
		"C7.edges":       {atMost(2), atMost(5)},
		"C7.border":      {atMost(20), none},
		"C8.faces":       {Range{1, 1}, none},
		"C8.score":       {atLeast(60), atLeast(scoreLeast)},
		"C9.tilt":        {Range{-1, 1}, Range{-3, 3}},
		"C10.centre":     {Range{-10, 10}, Range{-17, 17}},
		"C11.eye_height": {atLeast(207), none},
		"C12.face_width": {Range{193, 221}, none},
		"C12.by_pupils":  {Range{193, 221}, Range{185, 230}},
		"C13.hair_top":   {Range{7, 21}, none},
		"C14.sharpness":  {atLeast(25.5), atLeast(22.4)},
		"C15.over":       {atMost(1), atMost(3)},
		"C15.under":      {atMost(8), atMost(15)},
		"C16.brightness": {Range{0.25, 0.85}, Range{0.18, 0.92}},
		"C16.range":      {atLeast(4.8), atLeast(4.3)},
		"C17.balance":    {atLeast(0.5), atLeast(0.3)},
		"C18.colour":     {atMost(0), atMost(5)},
		"C19.red":        {atMost(5), any0},
		"C20.opening":    {atLeast(0.09), any0},
		"C22.turn":       {atMost(0.08), atMost(0.15)},
		"C23.glare":      {atMost(1.5), any0},
		"C27.distance":   {atLeast(11), any0},
	},
}

// Profiles lists those that are built in; the first is the default.
func Profiles() []*Profile { return []*Profile{&ga461, &socialSecurity, &narrow} }

// ProfileNamed finds one by name; the empty name is the default.
func ProfileNamed(name string) (*Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name || name == "" {
			return p, true
		}
	}
	return nil, false
}

// with is a profile's limits with some of them changed.
func with(limits, changed map[string]Limit) map[string]Limit {
	out := make(map[string]Limit, len(limits))
	for name, l := range limits {
		out[name] = l
	}
	for name, l := range changed {
		out[name] = l
	}
	return out
}

// socialSecurity is 社会保障卡制证用数字相片技术要求 as a province published it: the identity card's form with wider tolerances and larger files.
var socialSecurity = func() Profile {
	p := ga461
	p.Name, p.Title, p.Source = "social-security", citizen.Text{ZH: "社会保障卡 358×441", EN: "social-security card, 358 by 441"}, "社会保障卡制证用数字相片技术要求 (2019)"
	p.Bytes = Range{14_000, 40_000}
	p.Limits = with(p.Limits, map[string]Limit{
		"C5.bytes":       {Range{14_000, 40_000}, any0},
		"C10.centre":     {Range{-17, 17}, none},
		"C12.face_width": {Range{179, 255}, none},
		"C12.by_pupils":  {Range{179, 255}, none},
	})
	return p
}()

// narrow is a document photograph of 354 by 472 at 300 dpi whose issuer the source does not name (UNCONFIRMED). It asks for a wall of pure white and a
// narrow range of skin colour; outside that range we only warn, because light is to be judged and not a face. Where it is silent, its figures are the
// identity card's, scaled by the height.
var narrow = func() Profile {
	p := ga461
	const k = 472. / 441
	p.Name, p.Title, p.Source = "354x472", citizen.Text{ZH: "证件照 354×472", EN: "document photograph, 354 by 472"}, "UNCONFIRMED"
	p.Width, p.Height, p.DPI = 354, 472, 300
	p.FaceWidth, p.Pupils, p.HairRow, p.EyeLowest, p.EyeRow = 225, 100, 14*k, 234*k, 188*k
	p.Quality, p.Quality0, p.Bytes, p.SkinA, p.SkinB = 80, 70, Range{30_000, 45_000}, Range{12.5, 18.5}, Range{11.6, 16.1}
	p.Limits = with(p.Limits, map[string]Limit{
		"C1.width":       {Range{354, 354}, none},
		"C1.height":      {Range{472, 472}, none},
		"C2.dpi":         {Range{300, 300}, any0},
		"C4.quality":     {Range{70, 100}, atLeast(70)},
		"C5.bytes":       {Range{30_000, 45_000}, any0},
		"C6.white":       {atLeast(252), atLeast(240)},
		"C11.eye_height": {atLeast(207 * k), none},
		"C12.face_width": {Range{82 * widthPerPupils, 118 * widthPerPupils}, none},
		"C12.by_pupils":  {Range{82 * widthPerPupils, 118 * widthPerPupils}, none},
		"C13.hair_top":   {Range{7 * k, 21 * k}, none},
		"C18.colour":     {atMost(0), any0},
	})
	return p
}()
