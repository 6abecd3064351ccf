package web

import (
	"maps"
	"reflect"
	"slices"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/store"
)

// identifiers are those that stand in one column of a list, each once.
func identifiers(rows reflect.Value, column []int) []string {
	ids := make(map[string]bool)
	for i := range rows.Len() {
		if one := inner(at(inner(rows.Index(i)), column)); one.IsValid() && one.Kind() == reflect.String && isIdentifier(one.String()) {
			ids[one.String()] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// numbered says the applications of a column by the acceptance numbers that stand beside them; nil where the rows have none.
func numbered(rows reflect.Value, column member, columns []member) map[string]string {
	beside := slices.IndexFunc(columns, func(m member) bool { return m.name == "acceptance_no" })
	if column.name != "application" || beside < 0 {
		return nil
	}
	words := make(map[string]string, rows.Len())
	for i := range rows.Len() {
		row := inner(rows.Index(i))
		id, number := at(row, column.index), at(row, columns[beside].index)
		if !id.IsValid() || !number.IsValid() || number.String() == "" {
			return nil
		}
		words[id.String()] = number.String()
	}
	return words
}

// identifier says one in words by the field that holds it; its end where there are none.
func (p *presenter) identifier(field, id string) string {
	if text, asked := p.known[id]; asked {
		return text
	}
	return p.c.knownAs(field, []string{id})[id]
}

// knownAs says identifiers in words by the field that holds them, all of a column at once: operators' names, acceptance numbers, orders' tasks, courses' titles. Where no word is known here,
// or none may be read, it is the identifier's end.
func (c *call) knownAs(field string, ids []string) map[string]string {
	if len(ids) == 0 {
		return nil
	}
	var known map[string]string
	var err error
	switch field {
	case "operator", "cashier", "closed_by":
		known, err = c.operatorNames(ids)
	case "application":
		known, err = c.acceptanceNumbers(ids)
	case "order":
		known, err = c.orderTasks()
	case "course":
		known, err = c.courseTitles()
	}
	if err != nil {
		known = nil
	}
	words := make(map[string]string, len(ids))
	for _, id := range ids {
		if words[id] = known[id]; words[id] == "" || words[id] == id {
			words[id] = tail(id)
		}
	}
	return words
}

func (c *call) operatorNames(ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	for _, id := range ids {
		name, err := c.operatorName(id)
		if err != nil {
			return nil, err
		}
		names[id] = name
	}
	return names, nil
}

// acceptanceNumbers are those of the applications in the operator's area.
func (c *call) acceptanceNumbers(applications []string) (numbers map[string]string, err error) {
	err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		numbers, err = carddb.AcceptanceNos(c.ctx(), tx, c.by.Unit, applications)
		return err
	})
	return numbers, err
}

func (c *call) orderTasks() (map[string]string, error) {
	orders, err := ask[[]programmedesk.OrderRow](c, "programme.orders", fields{})
	tasks := make(map[string]string, len(orders))
	for i := range orders {
		tasks[orders[i].Order.Order] = orders[i].Task
	}
	return tasks, err
}

func (c *call) courseTitles() (map[string]string, error) {
	options, err := courseOptions(c, nil)
	titles := make(map[string]string, len(options))
	for _, o := range options {
		titles[o.Value] = o.Label
	}
	return titles, err
}
