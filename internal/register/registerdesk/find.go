package registerdesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// FindInput asks for people by exactly one of number, tenure and name. A name is compared by its sound, from its beginning.
type FindInput struct {
	Number  string `json:"number,omitempty"`
	Tenure  string `json:"tenure,omitempty"`
	Name    string `json:"name,omitempty"`
	Purpose string `json:"purpose"` // what it is needed for; it is recorded
}

// Found is one tenure that fits, within the operator's area.
type Found struct {
	Unit      event.Unit      `json:"unit"`
	Tenure    string          `json:"tenure"`
	Resident  string          `json:"resident"`
	Version   int64           `json:"version"`
	State     string          `json:"state"`
	InTransit bool            `json:"in_transit,omitempty"`
	Record    register.Record `json:"record"`
}

// find answers a look-up after it has recorded it. People registered outside the operator's area are left out.
func find(ctx context.Context, w *office.Work, in FindInput) ([]Found, error) {
	all, how, err := search(ctx, w, in)
	if err != nil {
		return nil, err
	}
	found := []Found{}
	log := register.LookedUp{Purpose: in.Purpose, How: how, Wide: how == "name"}
	for _, t := range all {
		if !w.By.Unit.Contains(t.Unit) {
			continue
		}
		found = append(found, Found{Unit: t.Unit, Tenure: t.ID, Resident: t.Resident, Version: t.Version, State: t.State, InTransit: t.InTransit, Record: t.Record})
		if !log.Wide {
			log.Tenures = append(log.Tenures, t.ID)
		}
	}
	return found, record(w, log)
}

func search(ctx context.Context, w *office.Work, in FindInput) (all []register.Tenure, how string, err error) {
	switch {
	case in.Number != "" && in.Tenure == "" && in.Name == "":
		all, err = registerdb.ByNumber(ctx, w.Tx, in.Number)
		return all, "number", err
	case in.Tenure != "" && in.Number == "" && in.Name == "":
		one, ok, err := registerdb.TenureOf(ctx, w.Tx, in.Tenure)
		if ok {
			all = []register.Tenure{one}
		}
		return all, "tenure", err
	case in.Name != "" && in.Number == "" && in.Tenure == "":
		all, err = registerdb.ByName(ctx, w.Tx, w.By.Unit, citizen.Pinyin(in.Name))
		return all, "name", err
	}
	return nil, "", refuse("register.find_by", "", "号码、登记期、姓名只填一项", "give exactly one of number, tenure and name", "改正查询条件", "correct the search")
}

func record(w *office.Work, l register.LookedUp) error {
	id, err := mint()
	if err != nil {
		return err
	}
	e, err := register.LookUp(by(w), id, l)
	if err != nil {
		return err
	}
	w.Emit(e)
	return nil
}

// ExportInput announces an export of a station's residents.
type ExportInput struct {
	Unit    event.Unit `json:"unit"`
	Purpose string     `json:"purpose"`
}

// openExport records an export before it is made.
func openExport(_ context.Context, w *office.Work, in ExportInput) (None, error) {
	if err := w.Below(in.Unit); err != nil {
		return None{}, err
	}
	return None{}, record(w, register.LookedUp{Purpose: in.Purpose, How: "unit", Wide: true, About: in.Unit})
}
