package card

import (
	"encoding/base64"

	"github.com/huzheng/huzheng/internal/card/chip"
)

// Record is what the chip of a card says: face and issue in the form of GA 490.
func Record(f Face, i Issue) chip.Record {
	return chip.Normalise(chip.Record{Name: f.Name, Sex: f.Sex, EthnicGroup: f.EthnicGroup, Birth: f.BirthDate.String(), Address: f.Address, Number: f.Number,
		Authority: i.Authority, ValidFrom: i.ValidFrom.String(), ValidUntil: i.ValidTo})
}

// lintRecord encodes the draft's chip record, decodes it again and compares, as every record is before its release (reference: GA 490). It gives the
// first errors only; warnings do not hold a card.
func lintRecord(d Draft) []Finding {
	record := Record(d.Face, d.Issue)
	raw, found := chip.Encode(record, chip.Context{Authority: d.Issue.Authority})
	if raw != nil {
		var back chip.Record
		back, found = chip.Check(raw, chip.Context{})
		found = append(found, chip.Compare(back, record)...)
	}
	var out []Finding
	for _, f := range found {
		if f.Severity == chip.Error {
			out = append(out, Finding{f.Code, f.Source, f.Text})
		}
	}
	return out
}

// encodedRecord is the chip record as an order line carries it; empty where the card could not have been signed.
func encodedRecord(f Face, i Issue) string {
	raw, _ := chip.Encode(Record(f, i), chip.Context{})
	return base64.StdEncoding.EncodeToString(raw)
}

// CheckRecord reads the chip record of an order line and holds it against the line's own words, so that a maker finds what was exchanged or damaged
// before a card is made. A line of an earlier version has none, and nothing is found.
func (l OrderLine) CheckRecord() []chip.Finding {
	if l.Record == "" {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(l.Record)
	if err != nil {
		raw = nil
	}
	read, found := chip.Check(raw, chip.Context{})
	if chip.Failed(found) {
		return found
	}
	face := Face{Name: l.Name, Sex: l.Sex, EthnicGroup: l.EthnicGroup, BirthDate: l.BirthDate, Address: l.Address, Number: l.Number}
	return append(found, chip.Compare(read, Record(face, Issue{ValidFrom: l.ValidFrom, ValidTo: l.ValidTo, Authority: l.Authority}))...)
}

// readWhole compares the chip, as it was read at the hand-over, with what was ordered, field by field. Findings that are no error do not hold the card.
func readWhole(a Application, cmd HandOverCommand) error {
	read, found := chip.Check(cmd.ChipRecord, chip.Context{})
	if !chip.Failed(found) {
		found = append(found, chip.Compare(read, Record(a.Face, a.Issue))...)
	}
	if cmd.ChipNumber != "" && cmd.ChipNumber != a.Face.Number {
		return readBack(a, HandOverCommand{ChipNumber: cmd.ChipNumber})
	}
	for _, f := range found {
		if f.Severity == chip.Error {
			return refuse("card.chip_differs", f.Source, f.Text.ZH, f.Text.EN, "不得发放，按错证上报", "do not hand it out; report a wrong card")
		}
	}
	return nil
}
