package audit

import "github.com/huzheng/huzheng/internal/journal"

// figureRow is one unit's row of a frozen report.
type figureRow struct {
	Unit   string  `json:"unit"`
	Values []int64 `json:"values"`
}

// reportFrozen checks that a frozen report's rows add up to its total: a leader's figure must be the sum of what it is made of.
func (a *auditor) reportFrozen(e *journal.Entry) error {
	body, err := decode[struct {
		Columns []string    `json:"columns"`
		Rows    []figureRow `json:"rows"`
		Total   figureRow   `json:"total"`
	}](e)
	if err != nil || len(body.Rows) == 0 {
		return err
	}
	for i, column := range body.Columns {
		var sum int64
		for _, row := range body.Rows {
			sum += at(row.Values, i)
		}
		if total := at(body.Total.Values, i); sum != total {
			a.breach("report.sum", e.Subject, "%s: the rows give %d, the total says %d", column, sum, total)
		}
	}
	return nil
}

// quotasSet checks that quotas add up to what was to be spread.
func (a *auditor) quotasSet(e *journal.Entry) error {
	body, err := decode[struct {
		Total  int64 `json:"total"`
		Shares []struct {
			Months []int64 `json:"months"`
		} `json:"shares"`
	}](e)
	if err != nil {
		return err
	}
	var sum int64
	for _, share := range body.Shares {
		for _, n := range share.Months {
			sum += n
		}
	}
	if sum != body.Total {
		a.breach("quota.sum", e.Subject, "the shares give %d, the total says %d", sum, body.Total)
	}
	return nil
}

func at(values []int64, i int) int64 {
	if i < len(values) {
		return values[i]
	}
	return 0
}
