// Package maker stands in for the card factory (制证中心): it reads an order file and writes the feedback file, as
// docs/formats/orders.md describes them. What goes wrong is chosen by a seed, so that a run can be repeated.
package maker

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/chip"
)

// Options say how the factory works. The zero value makes every card and sends all in one package.
type Options struct {
	Seed            uint64
	At              int64 // ms UTC, for the feedback's header
	RejectPerMille  int   // cards that are not made: production, photograph or data
	SilentPerMille  int   // cards that the feedback does not speak of
	MissingPerMille int   // cards that the feedback lists and the package lacks
	DefectPerMille  int   // cards that are made and packed, and unfit: the station or the county finds it
	PackageSize     int   // cards in a package; 0: all
}

// Result is what the factory sends back.
type Result struct {
	Feedback  []byte                     // feedback.jsonl
	Packages  map[string][]string        // the cards that are really in each package, by card number
	Defective map[string]card.DefectCode // the cards that are unfit, by card number; the feedback does not tell
	Order     string
	Made      int
	Rejected  int
	Silent    int
}

// Make reads an order's tar and makes its cards. An order that is damaged or lacks a photograph is refused whole, with an error
// that wraps card.ErrFile.
func Make(order io.Reader, options Options) (*Result, error) {
	file, err := card.UnpackOrder(order)
	if err != nil {
		return nil, err
	}
	return MakeOrder(file, options)
}

// MakeOrder makes the cards of an order that has been read. A card whose chip record does not say what its line says is not made.
func MakeOrder(order *card.OrderFile, options Options) (*Result, error) {
	seed, err := hex.DecodeString(order.Digest)
	if err != nil || len(seed) < 16 {
		return nil, fmt.Errorf("%w: no digest", card.ErrFile)
	}
	header := order.Header
	f := &factory{options: options, digest: order.Digest, result: &Result{Order: header.Order, Packages: make(map[string][]string), Defective: make(map[string]card.DefectCode)},
		chance:  rand.New(rand.NewPCG(options.Seed, binary.BigEndian.Uint64(seed[:8]))),
		quality: rand.New(rand.NewPCG(options.Seed, binary.BigEndian.Uint64(seed[8:16])))}
	for _, l := range order.Lines {
		f.card(l)
	}
	f.result.Feedback, err = card.EncodeFeedback(card.FileHeader{Order: header.Order, Digest: f.digest, City: header.City, At: options.At}, f.lines)
	return f.result, err
}

type factory struct {
	options Options
	digest  string // of order.jsonl
	chance  *rand.Rand
	quality *rand.Rand // of what leaves the factory, apart, so that it does not shift the others
	lines   []card.FeedbackLine
	result  *Result
}

func (f *factory) happens(perMille int) bool { return f.chance.IntN(1000) < perMille }

// card makes, rejects or forgets one card. The chances are drawn for every card, so that one rate does not shift the others.
func (f *factory) card(l card.OrderLine) {
	rejected, silent, missing := f.happens(f.options.RejectPerMille), f.happens(f.options.SilentPerMille), f.happens(f.options.MissingPerMille)
	class := []card.RejectClass{card.RejectProduction, card.RejectPhoto, card.RejectData}[f.chance.IntN(3)]
	defective := f.quality.IntN(1000) < f.options.DefectPerMille
	defect := []card.DefectCode{card.DefectChip, card.DefectFilm, card.DefectSurface, card.DefectBody, card.DefectPhoto, card.DefectData}[f.quality.IntN(6)]
	line := card.FeedbackLine{Line: len(f.lines) + 1, Application: l.Application, AcceptanceNo: l.AcceptanceNo}
	line.Attempt = l.Attempt
	switch {
	case silent:
		f.result.Silent++
		return
	case chip.Failed(l.CheckRecord()):
		f.result.Rejected++
		line.Class, line.Fault = card.RejectData, "record"
	case rejected:
		f.result.Rejected++
		line.Class, line.Fault, line.Words = class, faults[class], "quality control"
	default:
		line.CardNo, line.Package = f.digest[:12]+fmt.Sprintf("%05d", l.Line), f.pack()
		f.result.Made++
		if defective {
			f.result.Defective[line.CardNo] = defect
		}
		if !missing {
			f.result.Packages[line.Package] = append(f.result.Packages[line.Package], line.CardNo)
		}
	}
	f.lines = append(f.lines, line)
}

// faults are what the quality control finds, by class.
var faults = map[card.RejectClass]string{card.RejectProduction: "chip", card.RejectPhoto: "photo_light", card.RejectData: "character"}

// pack names the package of the next card.
func (f *factory) pack() string {
	n := 0
	if f.options.PackageSize > 0 {
		n = f.result.Made / f.options.PackageSize
	}
	return fmt.Sprintf("P%s-%03d", f.digest[:12], n+1)
}
