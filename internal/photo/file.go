package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"
)

// What is decoded at most: a bomb is refused by its header.
const (
	MaxBytes  = 25 << 20
	MaxPixels = 30_000_000
	maxScans  = 64 // of a progressive JPEG; common encoders write 10
	minSide   = 64 // pixels
	maxAspect = 4  // long side to short side
)

// header is what the bytes say before any pixel is decoded.
type header struct {
	format      string // jpeg, png
	width       int
	height      int
	components  int
	dpi         float64 // 0: not said; NaN: the two directions differ
	quality     float64 // IJG scale; NaN: no JPEG
	progressive bool
	orientation int // EXIF 1 to 8
	place       bool
}

// picture is a decoded file.
type picture struct {
	header
	img image.Image // *image.YCbCr, *image.Gray, *image.NRGBA or *image.RGBA, its origin at (0, 0)
}

// decode reads a file within the limits.
func decode(data []byte) (*picture, *Problem) {
	if len(data) > MaxBytes {
		return nil, tooLarge(len(data))
	}
	var p *picture
	var problem *Problem
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xD8}):
		p, problem = decodeJPEG(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		p, problem = decodePNG(data)
	default:
		return nil, wrongFormat(kindOf(data))
	}
	return p, problem
}

// kindOf names a foreign file by its first bytes.
func kindOf(data []byte) string {
	for _, k := range []struct{ start, name string }{{"GIF8", "GIF"}, {"BM", "BMP"}, {"II*\x00", "TIFF"}, {"MM\x00*", "TIFF"}, {"%PDF", "PDF"}} {
		if bytes.HasPrefix(data, []byte(k.start)) {
			return k.name
		}
	}
	if len(data) >= 12 {
		switch {
		case string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
			return "WebP"
		case string(data[4:8]) == "ftyp":
			return "HEIF"
		}
	}
	if len(data) == 0 {
		return "0 B"
	}
	return "?"
}

func (h *header) pixels() *Problem {
	if h.width <= 0 || h.height <= 0 {
		return broken(fmt.Sprintf("%dx%d", h.width, h.height))
	}
	if h.width > MaxPixels || h.height > MaxPixels || h.width*h.height > MaxPixels {
		return tooMany(h.width, h.height)
	}
	if short, long := min(h.width, h.height), max(h.width, h.height); short < minSide || long > maxAspect*short {
		return wrongShape(h.width, h.height)
	}
	return nil
}

func decodeJPEG(data []byte) (*picture, *Problem) {
	h, problem := jpegHeader(data)
	if problem != nil {
		return nil, problem
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, decodeError(err)
	}
	switch img.(type) {
	case *image.YCbCr, *image.Gray:
		return &picture{*h, img}, nil
	case *image.RGBA: // three components that are RGB already
		return &picture{*h, img}, nil
	}
	return nil, cmyk()
}

// decodeError says in few words why a decoder gave up; its own text may quote bytes of the file.
func decodeError(err error) *Problem {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return broken("EOF")
	}
	var unsupported jpeg.UnsupportedError
	var unsupportedPNG png.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return wrongCoding(string(unsupported))
	case errors.As(err, &unsupportedPNG):
		return wrongCoding(string(unsupportedPNG))
	}
	return broken(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "invalid JPEG format: "), "png: invalid format: "))
}

// jpegHeader walks over the segments: it reads what the checks of a file need, counts the scans and refuses what is no 24-bit picture.
func jpegHeader(data []byte) (*header, *Problem) {
	h := &header{format: "jpeg", orientation: 1, quality: math.NaN()}
	scans, frames := 0, 0
	for rest := data[2:]; ; {
		marker, body, next, ok := segment(rest)
		if !ok {
			break
		}
		rest = next
		switch {
		case marker == 0xDA:
			if scans++; scans > maxScans {
				return nil, tooManyScans()
			}
		case marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			frames++
			if problem := h.frame(marker, body); problem != nil {
				return nil, problem
			}
		case marker == 0xDB:
			h.tables(body)
		case marker == 0xE0:
			h.jfif(body)
		case marker == 0xE1:
			h.exif(body)
		}
		if marker == 0xD9 {
			break
		}
	}
	if frames != 1 || scans == 0 {
		return nil, broken("EOF")
	}
	return h, h.pixels()
}

// segment takes the next segment off: its marker and body, what follows. Entropy-coded bytes before it are skipped.
func segment(data []byte) (marker byte, body, rest []byte, ok bool) {
	for {
		i := bytes.IndexByte(data, 0xFF)
		if i < 0 || i+1 >= len(data) {
			return 0, nil, nil, false
		}
		marker, data = data[i+1], data[i+1:]
		switch {
		case marker == 0xFF: // a fill byte; its successor is looked at next
			continue
		case marker == 0x00 || marker == 0x01 || marker >= 0xD0 && marker <= 0xD8:
			data = data[1:]
			continue
		case marker == 0xD9:
			return marker, nil, data[1:], true
		}
		data = data[1:]
		if len(data) < 2 {
			return 0, nil, nil, false
		}
		n := int(binary.BigEndian.Uint16(data))
		if n < 2 || n > len(data) {
			return 0, nil, nil, false
		}
		return marker, data[2:n], data[n:], true
	}
}

func (h *header) frame(marker byte, body []byte) *Problem {
	if len(body) < 6 {
		return broken("SOF")
	}
	bits := int(body[0])
	h.height, h.width, h.components = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:])), int(body[5])
	h.progressive = marker == 0xC2
	switch {
	case marker > 0xC2:
		return wrongCoding(fmt.Sprintf("SOF%d", marker-0xC0))
	case bits != 8:
		return sixteenBit(bits)
	case h.components == 4:
		return cmyk()
	}
	return h.pixels()
}

// jfif reads the resolution.
func (h *header) jfif(body []byte) {
	if len(body) < 12 || string(body[:5]) != "JFIF\x00" {
		return
	}
	h.setDPI(body[7], float64(binary.BigEndian.Uint16(body[8:])), float64(binary.BigEndian.Uint16(body[10:])))
}

func (h *header) setDPI(unit byte, x, y float64) {
	switch {
	case unit != 1 && unit != 2 || x == 0:
		return
	case x != y:
		h.dpi = math.NaN()
		return
	case unit == 2:
		x *= 2.54
	}
	h.dpi = math.Round(x)
}

// luminance is the table of ISO 10918-1 annex K.1 in zigzag order.
var luminance = [64]int{16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
	56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99}

// tables estimates the quality from the luminance table by the scale of the Independent JPEG Group.
func (h *header) tables(body []byte) {
	for len(body) >= 65 {
		wide, id := body[0]>>4, body[0]&15
		size := 65
		if wide > 0 {
			size = 129
		}
		if len(body) < size {
			return
		}
		if id == 0 {
			h.quality = qualityOf(body[1:size], wide > 0)
		}
		body = body[size:]
	}
}

// qualityOf is the quality whose scaled table is nearest in sum.
func qualityOf(table []byte, wide bool) float64 {
	sum := 0
	for i := range 64 {
		if wide {
			sum += int(binary.BigEndian.Uint16(table[2*i:]))
		} else {
			sum += int(table[i])
		}
	}
	best, least := 1, math.MaxInt
	for q := 1; q <= 100; q++ {
		if off := abs(scaledSum(q) - sum); off < least {
			best, least = q, off
		}
	}
	return float64(best)
}

func scaledSum(q int) int {
	scale := 200 - 2*q
	if q < 50 {
		scale = 5000 / q
	}
	sum := 0
	for _, v := range luminance {
		sum += min(max((v*scale+50)/100, 1), 255)
	}
	return sum
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

// exif reads orientation, place and, where JFIF says none, the resolution of the first directory. Damaged ones are passed over.
func (h *header) exif(body []byte) {
	tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > len(tiff) {
		return
	}
	n := int(order.Uint16(tiff[at:]))
	var x, y float64
	unit := byte(1)
	for entry := tiff[at+2:]; n > 0 && len(entry) >= 12; n, entry = n-1, entry[12:] {
		value := order.Uint16(entry[8:])
		switch order.Uint16(entry) {
		case 0x0112:
			if value >= 1 && value <= 8 {
				h.orientation = int(value)
			}
		case 0x8825:
			h.place = true
		case 0x011A:
			x = rational(tiff, order, entry)
		case 0x011B:
			y = rational(tiff, order, entry)
		case 0x0128:
			unit = byte(value) - 1 // EXIF counts 2 an inch, 3 a centimetre
		}
	}
	if h.dpi == 0 {
		h.setDPI(unit, x, y)
	}
}

func rational(tiff []byte, order binary.ByteOrder, entry []byte) float64 {
	at := int(order.Uint32(entry[8:]))
	if at < 0 || at > len(tiff)-8 {
		return 0
	}
	down := order.Uint32(tiff[at+4:])
	if down == 0 {
		return 0
	}
	return float64(order.Uint32(tiff[at:])) / float64(down)
}

func decodePNG(data []byte) (*picture, *Problem) {
	h := &header{format: "png", orientation: 1, components: 3, quality: math.NaN()}
	if len(data) < 33 || string(data[12:16]) != "IHDR" {
		return nil, broken("IHDR")
	}
	w, t := binary.BigEndian.Uint32(data[16:]), binary.BigEndian.Uint32(data[20:])
	if w > math.MaxInt32 || t > math.MaxInt32 {
		return nil, broken("IHDR")
	}
	h.width, h.height = int(w), int(t)
	if problem := h.pixels(); problem != nil {
		return nil, problem
	}
	if bits := int(data[24]); bits > 8 {
		return nil, sixteenBit(bits)
	}
	if kind := data[25]; kind == 0 || kind == 4 {
		h.components = 1
	}
	if h.chunks(data[8:]) {
		return nil, animated()
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, decodeError(err)
	}
	return flattened(h, img)
}

// chunks reads resolution and orientation of a PNG and tells whether it is animated.
func (h *header) chunks(data []byte) bool {
	for len(data) >= 12 {
		n := int(binary.BigEndian.Uint32(data))
		if n < 0 || n > len(data)-12 {
			return false
		}
		body := data[8 : 8+n]
		switch string(data[4:8]) {
		case "acTL":
			return true
		case "pHYs":
			if n == 9 && body[8] == 1 {
				h.setDPI(2, float64(binary.BigEndian.Uint32(body))/100, float64(binary.BigEndian.Uint32(body[4:]))/100)
			}
		case "eXIf":
			h.exif(append([]byte("Exif\x00\x00"), body...))
		}
		data = data[12+n:]
	}
	return false
}

// flattened brings every kind of PNG to one of few forms.
func flattened(h *header, img image.Image) (*picture, *Problem) {
	if o, ok := img.(interface{ Opaque() bool }); ok && !o.Opaque() {
		return nil, transparent()
	}
	switch img.(type) {
	case *image.Gray, *image.RGBA, *image.NRGBA:
		return &picture{*h, img}, nil
	}
	out := image.NewRGBA(image.Rect(0, 0, h.width, h.height))
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return &picture{*h, out}, nil
}
