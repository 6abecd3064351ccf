package registerdesk

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// A migration paper's text is some kilobytes, more than one square carries safely. It is packed and cut into lines, one a square; a scanner types the
// squares into one field, in any order.
const (
	lineMark   = "HZM"
	lineLength = 700
	maxPaper   = 64 << 10 // unpacked: a paper that claims more is none
)

// packPaper cuts a signed text into lines "HZM1/3:…".
func packPaper(text string) ([]string, error) {
	var packed bytes.Buffer
	out, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(out, text); err != nil {
		return nil, err
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	letters := base64.RawURLEncoding.EncodeToString(packed.Bytes())
	n := (len(letters) + lineLength - 1) / lineLength
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("%s%d/%d:%s", lineMark, i+1, n, letters[i*lineLength:min(len(letters), (i+1)*lineLength)])
	}
	return lines, nil
}

// unpackPaper gives the signed text of scanned lines; any other text is given back as it is, for the signature's check to judge.
func unpackPaper(scanned string) string {
	parts := strings.Split(scanned, lineMark)
	if len(parts) < 2 {
		return scanned
	}
	ordered := make([]string, len(parts)-1)
	for _, part := range parts[1:] {
		var i, n int
		place, letters, _ := strings.Cut(strings.Join(strings.Fields(part), ""), ":")
		if _, err := fmt.Sscanf(place, "%d/%d", &i, &n); err != nil || n != len(ordered) || i < 1 || i > n {
			return scanned
		}
		ordered[i-1] = letters
	}
	packed, err := base64.RawURLEncoding.DecodeString(strings.Join(ordered, ""))
	if err != nil {
		return scanned
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxPaper))
	if err != nil {
		return scanned
	}
	return string(text)
}
