package personfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// xmlScanner reads the XML of a spreadsheet part as a stream: elements,
// attributes, text, entities and CDATA, which is all such parts hold. It is used
// in place of encoding/xml for its speed on sheets of a gigabyte, and holds no
// more than one token, at most maxXMLToken bytes.
type xmlScanner struct {
	r     *bufio.Reader
	name  []byte // local name of the element
	attrs []byte // its attributes, as they stand
	text  []byte // text of an xmlText token, entities resolved
	tag   []byte
	depth int
	ended bool // a self-closed element owes its end
}

type xmlToken int

const (
	xmlStart xmlToken = iota
	xmlEnd
	xmlText
)

const maxXMLToken = 1 << 20

var errXML = errors.New("not well-formed xml")

func newXMLScanner(r io.Reader) *xmlScanner {
	s := &xmlScanner{r: bufio.NewReaderSize(r, 64<<10)}
	if b, _ := s.r.Peek(3); bytes.Equal(b, utf8Mark) {
		s.r.Discard(3)
	}
	return s
}

// next returns the next token; its parts are good until the call after. At the
// end of a complete document it returns io.EOF, of an incomplete one errXML.
func (s *xmlScanner) next() (xmlToken, error) {
	if s.ended {
		s.ended = false
		s.depth--
		return xmlEnd, nil
	}
	for {
		c, err := s.r.ReadByte()
		if err == io.EOF && s.depth > 0 {
			return 0, errXML
		}
		if err != nil {
			return 0, err
		}
		if c != '<' {
			s.r.UnreadByte()
			return xmlText, s.readText()
		}
		if tok, skip, err := s.markup(); err != nil || !skip {
			return tok, err
		}
	}
}

// readText reads text up to the next markup.
func (s *xmlScanner) readText() error {
	s.text = s.text[:0]
	for {
		b, err := s.r.ReadSlice('<')
		if err == nil {
			s.r.UnreadByte()
			b = b[:len(b)-1]
		}
		s.text = append(s.text, b...)
		if len(s.text) > maxXMLToken {
			return errXML
		}
		if err == nil || err == io.EOF {
			s.text, err = resolveEntities(s.text)
			return err
		}
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

// markup reads what follows a "<". Comments and instructions are skipped.
func (s *xmlScanner) markup() (tok xmlToken, skip bool, err error) {
	if err := s.readTag(); err != nil {
		return 0, false, unexpected(err)
	}
	t := s.tag
	switch {
	case len(t) == 0:
		return 0, false, errXML
	case t[0] == '?':
		return 0, true, s.finishTag("?")
	case bytes.HasPrefix(t, []byte("!--")):
		return 0, true, s.finishTag("--")
	case bytes.HasPrefix(t, []byte("![CDATA[")):
		err := s.finishTag("]]")
		s.text = append(s.text[:0], bytes.TrimSuffix(s.tag[min(len(s.tag), 8):], []byte("]]"))...)
		return xmlText, false, err
	case t[0] == '!':
		return 0, false, errXML // a document type: spreadsheets have none
	case t[0] == '/':
		s.depth--
		s.name = localName(bytes.TrimSpace(t[1:]))
		if s.depth < 0 {
			return 0, false, errXML
		}
		return xmlEnd, false, nil
	}
	s.start(t)
	return xmlStart, false, nil
}

// readTag reads up to the first ">" outside quotes of an element, or the first
// one of anything else.
func (s *xmlScanner) readTag() error {
	s.tag = s.tag[:0]
	for {
		b, err := s.r.ReadSlice('>')
		s.tag = append(s.tag, b...)
		if len(s.tag) > maxXMLToken {
			return errXML
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return err
		}
		if special := s.tag[0] == '!' || s.tag[0] == '?'; special || !openQuote(s.tag) {
			s.tag = s.tag[:len(s.tag)-1]
			return nil
		}
	}
}

// finishTag goes on until the tag ends in end.
func (s *xmlScanner) finishTag(end string) error {
	least := len(end) + 1
	if end == "--" {
		least = len("!----")
	}
	for len(s.tag) < least || !bytes.HasSuffix(s.tag, []byte(end)) {
		b, err := s.r.ReadSlice('>')
		if err != nil && err != bufio.ErrBufferFull {
			return unexpected(err)
		}
		s.tag = append(append(s.tag, '>'), b...)
		if err == nil {
			s.tag = s.tag[:len(s.tag)-1]
		}
		if len(s.tag) > maxXMLToken {
			return errXML
		}
	}
	return nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return errXML
	}
	return err
}

func openQuote(tag []byte) bool {
	var quote byte
	for _, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote != 0
}

// start takes a start tag apart.
func (s *xmlScanner) start(t []byte) {
	if t[len(t)-1] == '/' {
		s.ended = true
		t = t[:len(t)-1]
	}
	n := bytes.IndexAny(t, " \t\r\n")
	if n < 0 {
		n = len(t)
	}
	s.name, s.attrs = localName(t[:n]), t[n:]
	s.depth++
}

func localName(b []byte) []byte {
	if i := bytes.IndexByte(b, ':'); i >= 0 {
		return b[i+1:]
	}
	return b
}

// attr returns an attribute of the current element by its local name, or nil.
func (s *xmlScanner) attr(name string) []byte {
	b := s.attrs
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		eq := bytes.IndexByte(b, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimRight(b[:eq], " \t\r\n")
		b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
		if len(b) < 2 || b[0] != '"' && b[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return nil
		}
		if string(localName(key)) == name {
			v, err := resolveEntities(bytes.Clone(b[1 : 1+end]))
			if err != nil {
				return nil
			}
			return v
		}
		b = b[end+2:]
	}
}

// resolveEntities replaces the five entities of XML and character references, in
// place, and writes line ends as \n.
func resolveEntities(b []byte) ([]byte, error) {
	if bytes.IndexByte(b, '&') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return b, nil
	}
	out := b[:0]
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\r':
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
			out = append(out, '\n')
		case '&':
			n := bytes.IndexByte(b[i:min(len(b), i+12)], ';')
			if n < 0 {
				return nil, errXML
			}
			r, ok := entity(string(b[i+1 : i+n]))
			if !ok {
				return nil, errXML
			}
			out = utf8.AppendRune(out, r)
			i += n
		default:
			out = append(out, b[i])
		}
	}
	return out, nil
}

func entity(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}
