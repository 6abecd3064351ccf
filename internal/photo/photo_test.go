package photo

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/synth/portrait"
)

// card and camera are good pictures: one in the card's form, one as it comes from a camera.
var (
	cardImage, _             = portrait.Studio(461, 3, portrait.Setting{Bare: true, ShortHair: true, Tone: 2})
	cameraImage, cameraTruth = portrait.Studio(461, 3, portrait.Setting{Bare: true, ShortHair: true, Tone: 2, Width: 750, Height: 1000, FaceWidth: 330, HairTop: 130, Tilt: 5})
	card, camera             = portrait.JPEG(cardImage, 85), portrait.JPEG(cameraImage, 90)
)

func codes(r *Report) (out []string) {
	for _, p := range r.Problems {
		out = append(out, p.Code)
	}
	return out
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withSegment puts a segment behind the first marker.
func withSegment(data []byte, marker byte, body string) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(body)+2))
	return slices.Concat(data[:2], segment, []byte(body), data[2:])
}

// exif is a directory with an orientation and, where asked for, a place.
func exif(orientation byte, place bool) string {
	n := "\x00\x01"
	entries := "\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(orientation) + "\x00\x00"
	if place {
		n, entries = "\x00\x02", entries+"\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x40"
	}
	return "Exif\x00\x00MM\x00*\x00\x00\x00\x08" + n + entries + "\x00\x00\x00\x00"
}

func withChunk(data []byte, name, body string) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(chunk, name+body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE([]byte(name+body)))
	return slices.Concat(data[:33], chunk, data[33:])
}

// TestBadFiles shows the code of everything that a file can be besides a picture that is wanted.
func TestBadFiles(t *testing.T) {
	var animation bytes.Buffer
	if err := gif.Encode(&animation, image.NewPaletted(image.Rect(0, 0, 80, 80), color.Palette{color.White, color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	cleared := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	whole := pngOf(t, image.NewRGBA64(image.Rect(0, 0, 100, 100)))
	opaque := image.NewRGBA(image.Rect(0, 0, 100, 100))
	for i := 3; i < len(opaque.Pix); i += 4 {
		opaque.Pix[i] = 255
	}
	bomb := slices.Clone(pngOf(t, opaque))
	binary.BigEndian.PutUint32(bomb[16:], 60_000)
	binary.BigEndian.PutUint32(bomb[20:], 60_000)
	sof := bytes.Index(card, []byte{0xFF, 0xC0})
	patched := func(at int, with ...byte) []byte {
		out := slices.Clone(card)
		copy(out[sof+at:], with)
		return out
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":            {nil, CodeFormat},
		"text":               {[]byte("no picture at all"), CodeFormat},
		"an animation":       {animation.Bytes(), CodeFormat},
		"a cut JPEG":         {card[:len(card)/2], CodeBroken},
		"a JPEG's start":     {card[:2], CodeBroken},
		"noise in a JPEG":    {slices.Concat(card[:700], bytes.Repeat([]byte{0x12, 0xFF, 0x77}, 300)), CodeBroken},
		"print colours":      {patched(9, 4), CodeCMYK},
		"12 bits":            {patched(4, 12), CodeSixteenBit},
		"arithmetic coding":  {patched(1, 0xC9), CodeCoding},
		"too many pixels":    {patched(5, 0xFF, 0xFF, 0xFF, 0xFF), CodeTooMany},
		"a narrow strip":     {patched(5, 0x10, 0x00, 0x00, 0x50), CodeShape},
		"no rows":            {patched(5, 0, 0), CodeBroken},
		"too many scans":     {slices.Concat(card[:len(card)-2], bytes.Repeat([]byte{0xFF, 0xDA, 0, 2}, maxScans), []byte{0xFF, 0xD9}), CodeScans},
		"a bomb":             {bomb, CodeTooMany},
		"16 bits":            {whole, CodeSixteenBit},
		"a cut-out":          {pngOf(t, cleared), CodeTransparent},
		"an animated PNG":    {withChunk(pngOf(t, opaque), "acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"), CodeAnimated},
		"a cut PNG":          {pngOf(t, cardImage)[:5000], CodeBroken},
		"a PNG without head": {pngOf(t, opaque)[:20], CodeBroken},
		"too large":          {make([]byte, MaxBytes+1), CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r := Check(c.data, Options{}).Report
			if got := codes(&r); r.Verdict != Fail || !slices.Equal(got, []string{c.want}) {
				t.Errorf("%s %v, want %s", r.Verdict, got, c.want)
			}
			var problem *Problem
			if _, err := Normalise(c.data, Options{}); !errors.As(err, &problem) || problem.Code != c.want || problem.Mend.ZH == "" || problem.Mend.EN == "" {
				t.Errorf("normalising: %v", err)
			}
		})
	}
}

// TestOddFilesAreRead shows what is unusual and still a picture.
func TestOddFilesAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		name string
		want []string
	}{
		"a PNG":                   {pngOf(t, cardImage), "a.png", nil},
		"a JPEG named PNG":        {card, "a.PNG", []string{CodeMisnamed}},
		"a place":                 {withSegment(card, 0xE1, exif(1, true)), "a.jpg", []string{CodePlace}},
		"a damaged EXIF":          {withSegment(card, 0xE1, exif(1, true)[:20]), "a.jpg", nil},
		"an EXIF that points out": {withSegment(card, 0xE1, "Exif\x00\x00MM\x00*\xff\xff\xff\xff"), "a.jpg", nil},
	} {
		r := Check(c.data, Options{Name: c.name}).Report
		if got := codes(&r); r.Verdict == Fail || !slices.Equal(got, c.want) || r.Face == nil {
			t.Errorf("%s: %s %v, want %v", name, r.Verdict, got, c.want)
		}
	}
}

// TestOrientationIsApplied turns the stored pixels each of the eight ways and marks it.
func TestOrientationIsApplied(t *testing.T) {
	w, h := cameraImage.Bounds().Dx(), cameraImage.Bounds().Dy()
	for o := 1; o <= 8; o++ {
		p := &picture{header: header{orientation: o, width: w, height: h}}
		if o >= 5 {
			p.width, p.height = h, w
		}
		stored := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
		for y := range h {
			for x := range w {
				sx, sy := p.stored(x, y)
				stored.Set(sx, sy, cameraImage.At(x, y))
			}
		}
		n, err := Normalise(withSegment(portrait.JPEG(stored, 90), 0xE1, exif(byte(o), true)), Options{})
		if err != nil {
			t.Fatalf("%d: %v", o, err)
		}
		if f := n.Record.Face; math.Hypot(f.Left.X-cameraTruth.LeftPupil.X, f.Left.Y-cameraTruth.LeftPupil.Y) > 4 {
			t.Errorf("%d: pupil at %+v, drawn at %+v", o, f.Left, cameraTruth.LeftPupil)
		}
		if bytes.Contains(n.JPEG, []byte("Exif")) {
			t.Errorf("%d: the place is still in the result", o)
		}
	}
}

func TestQualityIsEstimated(t *testing.T) {
	for q := 40; q <= 98; q += 2 {
		h, problem := jpegHeader(portrait.JPEG(cardImage, q))
		if problem != nil || math.Abs(h.quality-float64(q)) > 1 || h.dpi != 350 {
			t.Errorf("quality %d is estimated as %v; %v dpi; %v", q, h.quality, h.dpi, problem)
		}
	}
}

// TestGA461 tries the standard's own rules on both sides of their limits.
func TestGA461(t *testing.T) {
	for _, c := range []struct {
		rule, id string
		setting  portrait.Setting
		want     Verdict
	}{
		{"R4 white", "C6.white", portrait.Setting{}, Pass},
		{"R4 not white", "C6.white", portrait.Setting{Wall: [3]float64{200, 200, 200}}, Fail},
		{"R4 a little grey", "C6.white", portrait.Setting{Wall: [3]float64{228, 228, 228}}, Warn},
		{"R4 no border", "C7.border", portrait.Setting{Border: true}, Fail},
		{"R4 blue wall", "C6.cast", portrait.Setting{Wall: [3]float64{200, 210, 245}}, Fail},
		{"R6 centred", "C10.centre", portrait.Setting{CentreX: 7}, Pass},
		{"R6 aside", "C10.centre", portrait.Setting{CentreX: 25}, Fail},
		{"R7 face width", "C12.face_width", portrait.Setting{FaceWidth: 207, ShortHair: true}, Pass},
		{"R7 narrow", "C12.face_width", portrait.Setting{FaceWidth: 180, ShortHair: true}, Fail},
		{"R7 wide", "C12.face_width", portrait.Setting{FaceWidth: 236, ShortHair: true}, Fail},
		{"R8 hair", "C13.hair_top", portrait.Setting{HairTop: 17}, Pass},
		{"R8 hair too low", "C13.hair_top", portrait.Setting{HairTop: 30}, Fail},
		{"R9 eyes high enough", "C11.eye_height", portrait.Setting{EyeRow: 225}, Pass},
		{"R9 eyes too low", "C11.eye_height", portrait.Setting{EyeRow: 246}, Fail},
		{"R11 sharp", "C14.sharpness", portrait.Setting{Blur: 0.5}, Pass},
		{"R11 blurred", "C14.sharpness", portrait.Setting{Blur: 2.2}, Fail},
		{"R11 level", "C9.tilt", portrait.Setting{Tilt: 6}, Fail},
		{"R11 eyes shut", "C20.opening", portrait.Setting{Closed: true, Bare: true}, Warn},
		{"R11 red eyes", "C19.red", portrait.Setting{RedEyes: true}, Warn},
		{"R11 lit from one side", "C17.balance", portrait.Setting{OneSide: 0.45, Tone: 2}, Fail},
		{"N1 cast", "C18.colour", portrait.Setting{Gain: [3]float64{0, 0.1, -0.5}, Tone: 2}, Fail},
	} {
		img, _ := portrait.Studio(461, 9, c.setting)
		r := Check(portrait.JPEG(img, 85), Options{}).Report
		found := false
		for _, f := range r.Findings {
			if f.Check+"."+f.Measure == c.id {
				found = true
				if f.Verdict != c.want || (f.Verdict != Pass) != (f.Advice.ZH != "" && f.Advice.EN != "") {
					t.Errorf("%s: %+v", c.rule, f)
				}
			}
		}
		if !found {
			t.Errorf("%s: no %s", c.rule, c.id)
		}
	}
}

func TestFileChecks(t *testing.T) {
	grey := image.NewGray(cardImage.Bounds())
	for y := range grey.Rect.Dy() {
		for x := range grey.Rect.Dx() {
			grey.Set(x, y, cardImage.At(x, y))
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, cardImage, &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		id   string
		want Verdict
	}{
		"R1 another size":        {camera, "C1.width", Fail},
		"R2 no resolution":       {plain.Bytes(), "C2.dpi", Warn},
		"R2 350 dpi":             {card, "C2.dpi", Pass},
		"R3 grey":                {portrait.JPEG(grey, 85), "C3.components", Fail},
		"R3 grey in three parts": {pngOf(t, grey), "C3.coloured", Fail},
		"R5 too much compressed": {portrait.JPEG(cardImage, 50), "C4.quality", Fail},
		"R5 too little":          {portrait.JPEG(cardImage, 99), "C4.quality", Warn},
		"R5 no JPEG":             {pngOf(t, cardImage), "C4.jpeg", Warn},
	} {
		r := Check(c.data, Options{}).Report
		if i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Check+"."+f.Measure == c.id }); i < 0 || r.Findings[i].Verdict != c.want {
			t.Errorf("%s: %+v", name, r.Findings)
		}
	}
}

// TestNormalise shows that the result keeps every rule of GA 461-2004 and is the same each time.
func TestNormalise(t *testing.T) {
	n, err := Normalise(camera, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n.Check.Report.Verdict != Pass {
		t.Errorf("%s: %+v", n.Check.Report.Verdict, n.Check.Report.Findings)
	}
	if !bytes.Equal(n.JPEG[2:20], []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 2, 1, 1, 94, 1, 94, 0, 0}) {
		t.Errorf("no 350 dpi in % x", n.JPEG[:20])
	}
	if n.Record.Bytes < 14_000 || n.Record.Bytes > 20_000 || n.Record.Quality < 65 || n.Record.Quality > 95 {
		t.Errorf("%d bytes at quality %d", n.Record.Bytes, n.Record.Quality)
	}
	if math.Abs(n.Record.Tilt-5) > 1 || n.Record.Result != n.Check.Report.SHA256 || n.Record.Source != digest(camera) {
		t.Errorf("%+v", n.Record)
	}
	again, err := Normalise(camera, Options{})
	if err != nil || !bytes.Equal(again.JPEG, n.JPEG) {
		t.Errorf("the second time it is another picture: %v", err)
	}
	if clean, err := Normalise(camera, Options{CleanBackground: true}); err != nil || clean.Record.CleanBackground == 0 || bytes.Equal(clean.JPEG, n.JPEG) {
		t.Errorf("clean background: %v", err)
	}
}

// TestNormaliseKeepsWhatIsRight: a picture that has the card's form and place already is not refused because a new crop would reach over its edge; one whose face lies elsewhere is.
func TestNormaliseKeepsWhatIsRight(t *testing.T) {
	kept := 0
	for i := range 8 {
		img, _ := portrait.Studio(461, i, portrait.Setting{Bare: true, ShortHair: true, Tone: 2})
		n, err := Normalise(portrait.JPEG(img, 85), Options{})
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if n.Check.Report.Verdict != Pass {
			t.Errorf("%d: %s", i, n.Check.Report.Verdict)
		}
		if n.Record.Width == "kept" {
			kept++
			if n.Record.Scale != 1 || n.Record.Tilt != 0 || n.Record.Filled != 0 {
				t.Errorf("%d: %+v", i, n.Record)
			}
		}
	}
	if kept == 0 {
		t.Error("none was kept")
	}
	img, _ := portrait.Studio(461, 3, portrait.Setting{Bare: true, ShortHair: true, Tone: 2, EyeRow: 250})
	if _, err := Normalise(portrait.JPEG(img, 85), Options{}); err == nil {
		t.Error("eyes too low are kept")
	}
}

// TestNormaliseForOtherCards tries the other profiles.
func TestNormaliseForOtherCards(t *testing.T) {
	for _, p := range Profiles() {
		n, err := Normalise(camera, Options{Profile: p})
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		if config, err := jpeg.DecodeConfig(bytes.NewReader(n.JPEG)); err != nil || config.Width != p.Width || config.Height != p.Height {
			t.Errorf("%s: %+v %v", p.Name, config, err)
		}
		for _, f := range n.Check.Report.Findings {
			if f.Verdict == Fail && f.Check >= "C8" {
				t.Errorf("%s: %+v", p.Name, f)
			}
		}
	}
}

func TestNormaliseRefuses(t *testing.T) {
	base := portrait.Setting{Width: 750, Height: 1000, FaceWidth: 330, HairTop: 130, Bare: true, Tone: 2}
	wall := image.NewRGBA(image.Rect(0, 0, 400, 500))
	for i := range wall.Pix {
		wall.Pix[i] = 250
	}
	for i := 3; i < len(wall.Pix); i += 4 {
		wall.Pix[i] = 255
	}
	with := func(change func(*portrait.Setting)) []byte {
		s := base
		change(&s)
		img, _ := portrait.Studio(461, 3, s)
		return portrait.JPEG(img, 90)
	}
	turned := &picture{header: header{orientation: 6, width: 1000, height: 750}}
	side := image.NewRGBA(image.Rect(0, 0, 1000, 750))
	for y := range 1000 {
		for x := range 750 {
			sx, sy := turned.stored(x, y)
			side.Set(sx, sy, cameraImage.At(x, y))
		}
	}
	for code, data := range map[string][]byte{
		CodeNoFace:       portrait.JPEG(wall, 85),
		CodeTilted:       with(func(s *portrait.Setting) { s.Tilt = 21 }),
		CodeTooSmall:     with(func(s *portrait.Setting) { s.FaceWidth, s.HairTop = 130, 300 }),
		CodeFrameOutside: with(func(s *portrait.Setting) { s.CentreX, s.Wall = 210, [3]float64{180, 180, 180} }),
		CodeFaces:        with(func(s *portrait.Setting) { s.Faces, s.FaceWidth, s.CentreX = 2, 190, -170 }),
		CodeOnItsSide:    portrait.JPEG(side, 90),
	} {
		_, err := Normalise(data, Options{})
		var problem *Problem
		if !errors.As(err, &problem) || problem.Code != code {
			t.Errorf("want %s, got %v", code, err)
			continue
		}
		for _, f := range Check(data, Options{}).Report.Findings {
			if f.Check == "C8" && f.Measure == "faces" && *f.Value == 0 && f.Advice.EN != problem.Text.EN+": "+problem.Mend.EN {
				t.Errorf("%s: the finding says %s", code, f.Advice.EN)
			}
		}
	}
}

// TestDarkSkinIsAFace: of an old woman with glasses, whose hair is brighter than her skin, no face was found in the best of light.
func TestDarkSkinIsAFace(t *testing.T) {
	img, truth := portrait.Studio(20050906, 34, portrait.Setting{Tone: 5})
	r := Check(portrait.JPEG(img, 85), Options{}).Report
	if r.Face == nil || r.Verdict == Fail {
		t.Fatalf("%s: %+v", r.Verdict, r.Face)
	}
	if off := max(math.Hypot(r.Face.Left.X-truth.LeftPupil.X, r.Face.Left.Y-truth.LeftPupil.Y), math.Hypot(r.Face.Right.X-truth.RightPupil.X, r.Face.Right.Y-truth.RightPupil.Y)); off > 3 {
		t.Errorf("the pupils are %.1f pixels off", off)
	}
}

// TestDarkNeedsLight: where it is too dark to find a face, the advice is more light.
func TestDarkNeedsLight(t *testing.T) {
	for _, s := range []portrait.Setting{{Gamma: 9, Tone: 5, Wall: [3]float64{120, 120, 120}}, {Gamma: 9, Tone: 5, Wall: [3]float64{120, 120, 120}, Width: 500, Height: 640, FaceWidth: 230, HairTop: 70}} {
		img, _ := portrait.Studio(461, 3, s)
		r := Check(portrait.JPEG(img, 85), Options{}).Report
		i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Check == "C8" && f.Measure == "faces" })
		if r.Verdict != Fail || r.Face != nil || !strings.Contains(r.Findings[i].Advice.EN, "add light from the front") || !strings.Contains(r.Findings[i].Advice.ZH, "补光") {
			t.Errorf("%s: %+v", r.Verdict, r.Findings[i])
		}
		if s.Width > 0 && !slices.Equal(codes(&r), []string{CodeDark}) {
			t.Errorf("%v", codes(&r))
		}
	}
}

func TestDecide(t *testing.T) {
	r := Report{Findings: []Finding{{Check: "C6", Verdict: Fail}, {Check: "C9", Verdict: Pass}}, Questions: []Question{{Check: "C24"}, {Check: "C25", Hint: true}}}
	yes := func(check, by, reason string) Answer {
		return Answer{Check: check, Accept: true, By: by, Reason: reason}
	}
	for name, c := range map[string]struct {
		answers []Answer
		want    Verdict
	}{
		"nobody has looked":            {nil, Fail},
		"accepted without a reason":    {[]Answer{yes("C6", "op1", " "), yes("C24", "op1", ""), yes("C25", "op1", "grey")}, Fail},
		"accepted by nobody":           {[]Answer{yes("C6", "", "old wall"), yes("C24", "op1", ""), yes("C25", "op1", "grey")}, Fail},
		"a question is open":           {[]Answer{yes("C6", "op1", "old wall"), yes("C24", "op1", "")}, Warn},
		"a hint needs a reason":        {[]Answer{yes("C6", "op1", "old wall"), yes("C24", "op1", ""), yes("C25", "op1", "")}, Warn},
		"all answered":                 {[]Answer{yes("C6", "op1", "old wall"), yes("C24", "op1", ""), yes("C25", "op1", "grey")}, Pass},
		"a question is answered no":    {[]Answer{yes("C6", "op1", "old wall"), {Check: "C24", By: "op1"}, yes("C25", "op1", "grey")}, Fail},
		"a person fails what passed":   {[]Answer{yes("C6", "op1", "old wall"), {Check: "C9", By: "op1"}, yes("C24", "op1", ""), yes("C25", "op1", "grey")}, Fail},
		"who fails it needs no reason": {[]Answer{{Check: "C6", By: "op1"}}, Fail},
	} {
		if got := r.Decide(c.answers); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestHash(t *testing.T) {
	a := Check(card, Options{}).Report.Hash
	b := Check(portrait.JPEG(cardImage, 40), Options{}).Report.Hash
	n, err := Normalise(camera, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d, e := a.Distance(b), a.Distance(n.Check.Report.Hash); d > LikeBits(&ga461) || e > 2*LikeBits(&ga461) {
		t.Errorf("%d bits after compressing, %d after taking it otherwise", d, e)
	}
	var back Hash
	text, err := a.MarshalText()
	if err != nil || back.UnmarshalText(text) != nil || back != a {
		t.Errorf("%s is read as %v", text, back)
	}
	var r Register
	r.Add("own", a)
	r.Add("other", b)
	if got := r.Search("own", a, 20); len(got) != 1 || got[0].Owner != "other" {
		t.Errorf("%v", got)
	}
}

func TestReportAsJSON(t *testing.T) {
	text, err := json.Marshal(Check(card, Options{}).Report)
	if err != nil || !strings.Contains(string(text), `"limit":{"pass":[207,null],"warn":null}`) {
		t.Errorf("%v %s", err, text)
	}
}

func TestSheet(t *testing.T) {
	c := Check(camera, Options{})
	var out bytes.Buffer
	err := WriteSheet(&out, &ga461, []SheetEntry{{"good.jpg", c.Report, c.Thumbnail()}, {"<b>.jpg", Check(nil, Options{}).Report, nil}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"data:image/jpeg;base64,", "&lt;b&gt;.jpg", "合格率", "<svg", "this is no JPEG or PNG picture"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(out.String(), "http") || strings.Contains(out.String(), "<script") {
		t.Error("the page needs something else")
	}
	if typed := regexp.MustCompile(`\p{Han}[:;(][^\n]{0,20}`).FindString(out.String()); typed != "" {
		t.Errorf("punctuation of another script: %s", typed)
	}
}

// TestEveryProblemHasATitle: the sheet counts pictures by it.
func TestEveryProblemHasATitle(t *testing.T) {
	for _, p := range []*Problem{noFace(), dark(0.1), severalFaces(2), onItsSide(), tilted(20), tooSmall(40, 71), frameOutside(say("左边", "left")), broken(""), cmyk(), sixteenBit(16), animated(), transparent(),
		tooLarge(1), tooMany(1, 1), wrongShape(1, 1), wrongFormat("GIF"), wrongCoding("SOF9"), tooManyScans()} {
		r := Report{Problems: []*Problem{p}, Verdict: Fail}
		got := reasonsOf([]SheetEntry{{Name: "a.jpg", Report: r}})
		if len(got) != 1 || got[0].Title.ZH == "" || got[0].Title.EN == "" || got[0].Title.EN == p.Code {
			t.Errorf("%s: %+v", p.Code, got)
		}
	}
}

// TestBarHoldsItsWords: what is written on a part of the bar ends within it; the longest label was cut off by the next part.
func TestBarHoldsItsWords(t *testing.T) {
	for warned := 1; warned < 24; warned++ {
		entries := make([]SheetEntry, 24)
		for i := range entries {
			entries[i].Report.Verdict = Pass
			if i < warned {
				entries[i].Report.Verdict = Warn
			}
		}
		for _, s := range sharesOf(entries) {
			width := 8.0 // wide characters have 14 pixels, others 9 at most
			for _, c := range s.Inside {
				if width += 9; c > 0x2000 {
					width += 5
				}
			}
			if s.Inside != "" && width > s.W {
				t.Errorf("%q on %v pixels", s.Inside, s.W)
			}
		}
	}
}

// FuzzCheck looks for files that make the engine panic or run away.
func FuzzCheck(f *testing.F) {
	small := image.NewRGBA(image.Rect(0, 0, 64, 80))
	for i := range small.Pix {
		small.Pix[i] = uint8(i*7) | 128
	}
	for i := 3; i < len(small.Pix); i += 4 {
		small.Pix[i] = 255
	}
	var p bytes.Buffer
	if err := png.Encode(&p, small); err != nil {
		f.Fatal(err)
	}
	f.Add(portrait.JPEG(small, 50))
	f.Add(withSegment(portrait.JPEG(small, 50), 0xE1, exif(6, true)))
	grey, flat := image.NewGray(small.Rect), image.NewPaletted(small.Rect, color.Palette{color.White, color.Black})
	var greyPNG, flatPNG, animation bytes.Buffer
	if err := errors.Join(png.Encode(&greyPNG, grey), png.Encode(&flatPNG, flat), gif.Encode(&animation, flat, nil)); err != nil {
		f.Fatal(err)
	}
	f.Add(portrait.JPEG(grey, 50))
	f.Add(greyPNG.Bytes())
	f.Add(flatPNG.Bytes())
	f.Add(animation.Bytes())
	f.Add(withChunk(p.Bytes(), "eXIf", exif(6, true)[6:]))
	f.Add(withChunk(p.Bytes(), "acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"))
	f.Add(p.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, problem := jpegHeader(append([]byte{0xFF, 0xD8}, data...)); problem == nil && h.width*h.height > 1<<20 {
			return // what is allowed and large only takes long
		}
		r := Check(data, Options{}).Report
		if r.Verdict == "" || r.SHA256 == "" {
			t.Errorf("%+v", r)
		}
	})
}

// TestOrientationAfterEXIF compares with the standard's words: where the stored first row and column lie in the upright picture of 3 by 2.
func TestOrientationAfterEXIF(t *testing.T) {
	for o, corner := range map[int][2]int{1: {0, 0}, 2: {2, 0}, 3: {2, 1}, 4: {0, 1}, 5: {0, 0}, 6: {2, 0}, 7: {2, 1}, 8: {0, 1}} {
		p := &picture{header: header{orientation: o, width: 3, height: 2}}
		if o >= 5 {
			p.width, p.height = 2, 3
		}
		if x, y := p.stored(corner[0], corner[1]); x != 0 || y != 0 {
			t.Errorf("%d: the corner %v is stored at %d, %d", o, corner, x, y)
		}
	}
}

// TestRimIsNoIris: of an old woman with glasses the rim below one eye was taken for the eye, 30 pixels off; and the eye line is level to a part of a pixel.
func TestRimIsNoIris(t *testing.T) {
	r := rand.New(rand.NewPCG(20050901, 600_006))
	setting := portrait.Setting{Tilt: -5 + 10*r.Float64()}
	setting.Tone = 1 + 3.5*r.Float64()
	for n, s := range map[int]portrait.Setting{600_006: setting, 600_024: {Tilt: 0.75, Tone: 3.8}, 600_036: {Tilt: -0.71, Tone: 3.5}, 600_042: {Tilt: 2.65, Tone: 4.3}} {
		img, truth := portrait.Studio(20050901, n, s)
		f := Check(portrait.JPEG(img, 85), Options{}).Report.Face
		if f == nil {
			t.Fatalf("%d: no face", n)
		}
		if off := f.Tilt() - truth.TiltDegree; math.Abs(off) > 0.27 {
			t.Errorf("%d: the eye line is %.2f degrees off", n, off)
		}
	}
}

// TestMeasuresFailAsTheirReport: who has the measures of a report alone finds failing what the report does, the colour of the light too, which the report makes of two others.
func TestMeasuresFailAsTheirReport(t *testing.T) {
	for _, test := range []struct {
		measures map[string]float64
		want     []string
	}{
		{map[string]float64{"C18.colour": 9}, []string{"C18.colour"}},
		{map[string]float64{"C18.colour": 9, "C6.white": 250, "C6.cast": 1}, nil}, // a white wall tells that the light is
		{map[string]float64{"C14.sharpness": 3, "C18.colour": 0}, []string{"C14.sharpness"}},
		{nil, nil},
	} {
		var got []string
		for _, f := range Profiles()[0].Failing(test.measures) {
			got = append(got, f.Check+"."+f.Measure)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v fails by %v, want %v", test.measures, got, test.want)
		}
	}
}

// TestRegionIsTheMean compares with the definition: of a block the mean luma, and the mean of all samples of chroma that it touches; in every orientation and sampling.
func TestRegionIsTheMean(t *testing.T) {
	r := rand.New(rand.NewPCG(461, 7))
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		img := image.NewYCbCr(image.Rect(0, 0, 67, 81), ratio)
		for _, plane := range [][]uint8{img.Y, img.Cb, img.Cr} {
			for i := range plane {
				plane[i] = uint8(r.Uint32())
			}
		}
		for orientation := 1; orientation <= 8; orientation++ {
			p := &picture{header{orientation: orientation, width: 67, height: 81}, img}
			for k := 1; k <= 5; k++ {
				got, grey := p.region(3, 2, 55, 44, k), p.greyRegion(3, 2, 55, 44, k)
				if got.w != 55/k || got.h != 44/k || grey.Width != got.w || grey.Height != got.h {
					t.Fatalf("%v %d %d: %d by %d", ratio, orientation, k, got.w, got.h)
				}
				for range 50 {
					x, y := r.IntN(got.w), r.IntN(got.h)
					luma, cb, cr := blockOf(p, img, 3+x*k, 2+y*k, k)
					i := y*got.w + x
					red, green, blue := color.YCbCrToRGB(luma, cb, cr)
					if want := []uint8{red, green, blue}; !slices.Equal(got.pix[3*i:3*i+3], want) || grey.Pix[i] != luma {
						t.Fatalf("%v %d %d at %d, %d: %v %d, want %v %d", ratio, orientation, k, x, y, got.pix[3*i:3*i+3], grey.Pix[i], want, luma)
					}
				}
			}
		}
	}
}

func blockOf(p *picture, img *image.YCbCr, x, y, k int) (uint8, uint8, uint8) {
	luma, chroma := 0, map[int]bool{}
	for j := range k {
		for i := range k {
			sx, sy := p.stored(x+i, y+j)
			luma += int(img.Y[sy*img.YStride+sx])
			chroma[img.COffset(sx, sy)] = true
		}
	}
	var cb, cr int
	for c := range chroma {
		cb, cr = cb+int(img.Cb[c]), cr+int(img.Cr[c])
	}
	return uint8((luma + k*k/2) / (k * k)), uint8((cb + len(chroma)/2) / len(chroma)), uint8((cr + len(chroma)/2) / len(chroma))
}

// TestSamplerWeighsEachColour compares the lanes of one number with each colour added up by itself, on the hardest steps.
func TestSamplerWeighsEachColour(t *testing.T) {
	r := rand.New(rand.NewPCG(461, 8))
	from := newRaster(40, 40)
	for i := range from.pix {
		from.pix[i] = uint8(255 * r.IntN(2))
	}
	for _, scale := range []float64{0.7, 1, 1.24, 1.9} {
		s := smooth(from, scale)
		for range 2000 {
			x, y := fixed(uniformly(r, -3, 43)), fixed(uniformly(r, -3, 43))
			var got [3]uint8
			s.at(x, y, got[:])
			for c := range got {
				if want := s.plain(from, x, y, c); got[c] != want {
					t.Fatalf("scale %v at %v, %v: colour %d is %d, want %d", scale, x, y, c, got[c], want)
				}
			}
		}
	}
}

func uniformly(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

func (s *sampler) plain(from *raster, x, y int64, c int) uint8 {
	across, down := s.weights[x>>(32-phaseBits)&(phases-1)], s.weights[y>>(32-phaseBits)&(phases-1)]
	var sum int64
	for j, v := range down.of {
		for i, u := range across.of {
			px := min(max(int(x>>32)-s.taps/2+1+across.first+i, 0), from.w-1)
			py := min(max(int(y>>32)-s.taps/2+1+down.first+j, 0), from.h-1)
			sum += u * v * int64(from.pix[3*(py*from.w+px)+c])
		}
	}
	return uint8(min(max((sum+unit*unit/2)>>24, 0), 255))
}
