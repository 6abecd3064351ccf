package node

import (
	"errors"
	"io"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/verify"
)

// CheckedFile counts what the item rules found in a person file.
type CheckedFile struct {
	File  string         `json:"file"`
	Rows  int            `json:"rows"`
	Bad   int            `json:"bad"` // rows that cannot be read
	Found int            `json:"found"`
	Rules map[string]int `json:"rules"` // findings by rule
}

// CheckFile asks the item rules of every household and person of a file and calls tell with each finding, whose member is the row's line, and with each
// row that cannot be read. Nothing is loaded. A file's households are held together in memory, for their rows may stand anywhere in it.
func CheckFile(name string, file *personfile.Reader, today citizen.Date, tell func(verify.Finding, *personfile.RowError) error) (*CheckedFile, error) {
	out := &CheckedFile{File: name, Rules: make(map[string]int)}
	households := make(map[[2]string]*verify.Household)
	numbers := make(map[string][]string)
	var order [][2]string
	for {
		record, err := file.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		out.Rows++
		var row *personfile.RowError
		if errors.As(err, &row) {
			out.Bad++
			if err := tell(verify.Finding{}, row); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		r := registerRecord(&record)
		line := strconv.Itoa(record.Line)
		key := [2]string{record.Value[personfile.Unit], r.HouseholdNo}
		if r.HouseholdNo == "" {
			key[1] = "\x00" + line // nobody knows the household: the person stands alone
		}
		if households[key] == nil {
			households[key] = &verify.Household{No: r.HouseholdNo, Alone: r.HouseholdNo == ""}
			order = append(order, key)
		}
		h := households[key]
		h.Members = append(h.Members, verify.Member{ID: line, Record: r})
		if r.Number != "" {
			numbers[r.Number] = append(numbers[r.Number], line)
		}
	}
	for _, key := range order {
		h := households[key]
		h.Alone = h.Alone || verify.Collective(h.Members)
		for _, f := range findingsOf(h, numbers, today) {
			out.Found++
			out.Rules[f.Rule]++
			if err := tell(f, nil); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// findingsOf are a household's findings, with numbers shared anywhere in the file.
func findingsOf(h *verify.Household, numbers map[string][]string, today citizen.Date) []verify.Finding {
	var all []verify.Finding
	for _, f := range verify.Check(*h, today) {
		if f.Rule != "number.shared" {
			all = append(all, f)
		}
	}
	for _, m := range h.Members {
		if len(numbers[m.Record.Number]) > 1 {
			all = append(all, verify.SharedNumber(m.ID))
		}
	}
	return all
}
