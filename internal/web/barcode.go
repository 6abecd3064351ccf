package web

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// bars draws a text as Code 128, for the scanner at the window: a slip's or a form's number.
func bars(text string) (template.HTML, error) {
	code, err := code128.Encode(text)
	if err != nil {
		return "", err
	}
	return drawCode(code, 1, 40, "bars"), nil
}

// square draws a text as a QR code.
func square(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	return drawCode(code, code.Bounds().Dy(), code.Bounds().Dy(), "qr"), nil
}

// drawCode draws the dark modules of a code as an SVG; rows are read from the code, height is the drawing's. Nothing of the text stands in it but the title, which says
// the same as the words beside it.
func drawCode(code barcode.Barcode, rows, height int, class string) template.HTML {
	width, tall := code.Bounds().Dx(), height/rows
	var path strings.Builder
	for y := range rows {
		for x := range width {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v%dh-1z", x, y*tall, tall)
			}
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="%s" viewBox="-4 -4 %d %d" preserveAspectRatio="none" aria-hidden="true"><path d="%s"/></svg>`, class, width+8, height+8, path.String()))
}
