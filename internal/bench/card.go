package bench

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/huzheng/huzheng/internal/card/chip"
	"github.com/huzheng/huzheng/internal/citizen"
)

// cardTarget is how many records one core must encode, check and decode in a second.
const cardTarget = 100_000

// Card measures the chip's record on one core: encoded (which checks every rule first), decoded, and compared field by field. The reference writes and reads
// the same records as JSON by the standard library, and checks nothing.
func Card(ctx context.Context, o Options) ([]Result, error) {
	records, err := chipRecords(1000)
	if err != nil {
		return nil, err
	}
	o.say("encoding, checking and decoding chip records")
	i, j := 0, 0
	ours := func(context.Context) error {
		r := records[i%len(records)]
		i++
		raw, found := chip.Encode(r, chip.Context{})
		back, written := chip.Decode(raw)
		if found != nil || written != nil || chip.Compare(back, r) != nil {
			return fmt.Errorf("record %d: %v %v", i, found, written)
		}
		return nil
	}
	reference := func(context.Context) error {
		r := records[j%len(records)]
		j++
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		var back chip.Record
		if err := json.Unmarshal(raw, &back); err != nil || back != r {
			return fmt.Errorf("record %d: %v", j, err)
		}
		return nil
	}
	a, b, err := alternate(ctx, o.Seconds, 1000, ours, reference)
	if err != nil {
		return nil, err
	}
	return []Result{
		{Name: "card: chip records on one core", Engine: "memory", Ours: a, Reference: b, Unit: "records/s", Ratio: a / b, Target: 1,
			Against: "encoding/json, the same records written and read, nothing checked"},
		{Name: "card: chip records on one core", Engine: "memory", Ours: a, Reference: cardTarget, Unit: "records/s", Ratio: a / cardTarget, Target: 1,
			Against: "100,000 records/s"},
	}, nil
}

// chipRecords makes records of all ages.
func chipRecords(n int) ([]chip.Record, error) {
	issued := citizen.MustDate("2005-09-01")
	var all []chip.Record
	for i := range n {
		birth := issued.AddDays(-30 * i)
		number, err := citizen.NewNumber("220102", birth, 941+i%31)
		if err != nil {
			return nil, err
		}
		r := chip.Record{Name: "欧阳建国", Sex: string(number.Sex()), EthnicGroup: fmt.Sprintf("%02d", 1+i%56), Birth: birth.String(),
			Address: fmt.Sprintf("吉林省长春市南关区人民大街%d号", i+1), Number: number.String(), Authority: "长春市公安局南关区分局", ValidFrom: issued.String()}
		all = append(all, chip.Normalise(r))
	}
	return all, nil
}
