package funddb

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/store"
)

// BudgetOfYear names a unit's budget of a year; empty when there is none.
func BudgetOfYear(ctx context.Context, tx *store.Tx, unit event.Unit, year int) (budget string, err error) {
	_, err = tx.Find(ctx, "select budget from fund_budget_line where unit = $1 and year = $2 order by version desc, budget limit 1", []any{unit, year}, &budget)
	return budget, err
}

// LoadBudget reads a budget: its newest version, and what finance said of the one that was submitted; nil when it is not known here.
func LoadBudget(ctx context.Context, tx *store.Tx, budget string) (*fund.BudgetState, error) {
	b := &fund.BudgetState{Given: make(map[string]int64)}
	err := tx.Each(ctx, `select unit, year, version, item, what, quantity, price, reason, city_percent, operator from fund_budget_line where budget = $1
		and version = (select max(m.version) from fund_budget_line m where m.budget = $1) order by stream, generation, seq, line`, []any{budget}, func(rows *sql.Rows) error {
		var l fund.BudgetLine
		err := rows.Scan(&b.Home, &b.Year, &b.Version, &l.Item, &l.What, &l.Quantity, &l.PriceFen, &l.Reason, &l.CityPercent, &b.Drafter)
		b.Lines = append(b.Lines, l)
		return err
	})
	if err != nil || len(b.Lines) == 0 {
		return nil, err
	}
	b.Budget.Budget = budget
	if err := tx.Get(ctx, "select coalesce(max(version), 0) from fund_budget_step where budget = $1 and step = 'submitted'", []any{budget}, &b.Submitted); err != nil {
		return nil, err
	}
	if err := loadReview(ctx, tx, b); err != nil {
		return nil, err
	}
	err = tx.Each(ctx, "select level, item, cast(sum(fen) as bigint) from fund_appropriation where unit = $1 and budget = $2 group by level, item", []any{b.Home, budget}, func(rows *sql.Rows) error {
		var level string
		var item fund.Item
		var fen int64
		err := rows.Scan(&level, &item, &fen)
		b.Given[fund.GivenKey(level, item)] = fen
		return err
	})
	return b, err
}

func loadReview(ctx context.Context, tx *store.Tx, b *fund.BudgetState) error {
	items, err := store.Select(ctx, tx, `select item, drafted, city, county, remark, answerable_city, answerable_county from fund_budget_item
		where budget = $1 and version = $2 order by stream, generation, seq, line`, []any{b.Budget.Budget, b.Submitted}, func(rows *sql.Rows) (r fund.ReviewedItem, err error) {
		return r, rows.Scan(&r.Item, &r.DraftedFen, &r.CityFen, &r.CountyFen, &r.Remark, &r.AnswerableCity, &r.AnswerableCounty)
	})
	if err == nil && len(items) > 0 {
		b.Review = &fund.Reviewed{Home: b.Home, Budget: b.Budget.Budget, Version: b.Submitted, Items: items}
	}
	return err
}

// BudgetsOf names the budgets of the units of an area, of a year or, with zero, of all years.
func BudgetsOf(ctx context.Context, tx *store.Tx, low, high string, year int) ([]string, error) {
	return store.Select(ctx, tx, `select budget from fund_budget_line where unit >= $1 and unit < $2 and ($3 = 0 or year = $3)
		group by unit, year, budget order by unit, year, budget`, []any{low, high, int64(year)},
		func(rows *sql.Rows) (b string, err error) { return b, rows.Scan(&b) })
}

// LoadMoney reads an appropriation, or an approved transfer, with what is left of it; nil when it is not known here.
func LoadMoney(ctx context.Context, tx *store.Tx, id string) (*fund.Money, error) {
	m := &fund.Money{}
	m.Appropriation.Appropriation = id
	ok, err := tx.Find(ctx, "select unit, budget, item, level, fen from fund_appropriation where appropriation = $1 order by unit, stream, generation, seq limit 1",
		[]any{id}, &m.Home, &m.Budget, &m.Item, &m.Level, &m.AmountFen)
	if err != nil {
		return nil, err
	}
	if ok {
		m.Received, err = tx.Find(ctx, "select 1 from fund_received where appropriation = $1 and unit = $2", []any{id, m.Home}, new(int64))
	} else {
		m.Received, err = tx.Find(ctx, "select unit, budget, to_item, fen from fund_transfer where transfer = $1 and step = 'approved' order by unit, stream, generation, seq limit 1",
			[]any{id}, &m.Home, &m.Budget, &m.Item, &m.AmountFen)
		ok = m.Received
	}
	if err != nil || !ok {
		return nil, err
	}
	var paid, aside int64
	if err := tx.Get(ctx, "select cast(coalesce(sum(fen), 0) as bigint) from fund_payment where unit = $1 and appropriation = $2", []any{m.Home, id}, &paid); err != nil {
		return nil, err
	}
	err = tx.Get(ctx, `select cast(coalesce(sum(t.fen), 0) as bigint) from fund_transfer t where t.unit = $1 and t.appropriation = $2 and t.step = 'asked'
		and not exists (select 1 from fund_transfer r where r.unit = t.unit and r.transfer = t.transfer and r.step = 'refused')`, []any{m.Home, id}, &aside)
	m.LeftFen = m.AmountFen - paid - aside
	return m, err
}

// LoadTransfer reads a transfer that was asked for; nil when it is not known here.
func LoadTransfer(ctx context.Context, tx *store.Tx, transfer string) (*fund.TransferState, error) {
	t := &fund.TransferState{}
	t.Transfer.Transfer = transfer
	ok, err := tx.Find(ctx, `select unit, budget, appropriation, from_item, to_item, fen, words, day, operator from fund_transfer where transfer = $1 and step = 'asked'
		order by unit, stream, generation, seq limit 1`, []any{transfer}, &t.Home, &t.Budget, &t.Appropriation, &t.From, &t.To, &t.AmountFen, &t.Words, &t.Day, &t.AskedBy)
	if err != nil || !ok {
		return nil, err
	}
	t.Answered, err = tx.Find(ctx, "select 1 from fund_transfer where unit = $1 and transfer = $2 and step <> 'asked'", []any{t.Home, transfer}, new(int64))
	return t, err
}

// LevelMoney is a level's part of an item, in fen: what it is to bear, what it has given, what has come, and what it still owes.
type LevelMoney struct {
	Level        string `json:"level"`
	Promised     int64  `json:"promised_fen"`
	Appropriated int64  `json:"appropriated_fen"`
	Received     int64  `json:"received_fen"`
	Gap          int64  `json:"gap_fen"` // promised and not received
	Answerable   string `json:"answerable"`
}

// ItemMoney is one item of a unit's budget, in fen, from the draft to the payments.
type ItemMoney struct {
	Unit     event.Unit   `json:"unit"`
	Year     int          `json:"year"`
	Budget   string       `json:"budget"`
	Item     fund.Item    `json:"item"`
	State    string       `json:"state"` // drafted, submitted, reviewed
	Drafted  int64        `json:"drafted_fen"`
	Approved int64        `json:"approved_fen"`
	LastYear int64        `json:"last_year_fen"` // approved then
	In       int64        `json:"transferred_in_fen"`
	Out      int64        `json:"transferred_out_fen"`
	Received int64        `json:"received_fen"`
	Paid     int64        `json:"paid_fen"`
	Left     int64        `json:"left_fen"`     // received and not spent
	Unfunded int64        `json:"unfunded_fen"` // approved and not received
	Levels   []LevelMoney `json:"levels"`
}

// Spending reads one budget by item.
func Spending(ctx context.Context, tx *store.Tx, budget string) ([]ItemMoney, error) {
	b, err := LoadBudget(ctx, tx, budget)
	if err != nil || b == nil {
		return nil, err
	}
	items := itemsOf(b)
	moved, err := store.Select(ctx, tx, "select distinct to_item from fund_transfer where budget = $1 and step = 'approved' order by to_item", []any{budget},
		func(rows *sql.Rows) (item fund.Item, err error) { return item, rows.Scan(&item) })
	if err != nil {
		return nil, err
	}
	for _, item := range moved { // an item that was not budgeted and lives on transfers
		if !slices.ContainsFunc(items, func(m ItemMoney) bool { return m.Item == item }) {
			items = append(items, ItemMoney{Unit: b.Home, Year: b.Year, Budget: budget, Item: item, State: "reviewed", Levels: []LevelMoney{}})
		}
	}
	for i := range items {
		if err := items[i].read(ctx, tx); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// itemsOf lists the items of a budget as reviewed or else as drafted.
func itemsOf(b *fund.BudgetState) []ItemMoney {
	state := "drafted"
	if b.Submitted > 0 {
		state = "submitted"
	}
	var items []ItemMoney
	if b.Review != nil {
		for _, r := range b.Review.Items {
			items = append(items, ItemMoney{Unit: b.Home, Year: b.Year, Budget: b.Budget.Budget, Item: r.Item, State: "reviewed", Drafted: r.DraftedFen, Approved: r.Fen(),
				Levels: []LevelMoney{{Level: fund.CityLevel, Promised: r.CityFen, Answerable: r.AnswerableCity}, {Level: fund.CountyLevel, Promised: r.CountyFen, Answerable: r.AnswerableCounty}}})
		}
		return items
	}
	for _, l := range b.Lines {
		i := slices.IndexFunc(items, func(m ItemMoney) bool { return m.Item == l.Item })
		if i < 0 {
			i = len(items)
			items = append(items, ItemMoney{Unit: b.Home, Year: b.Year, Budget: b.Budget.Budget, Item: l.Item, State: state, Levels: []LevelMoney{}})
		}
		items[i].Drafted += l.Fen()
	}
	return items
}

func (m *ItemMoney) read(ctx context.Context, tx *store.Tx) error {
	for i := range m.Levels {
		l := &m.Levels[i]
		err := tx.Get(ctx, `select cast(coalesce(sum(a.fen), 0) as bigint), cast(coalesce(sum((select max(r.fen) from fund_received r where r.appropriation = a.appropriation and r.unit = a.unit)), 0) as bigint)
			from fund_appropriation a where a.unit = $1 and a.budget = $2 and a.item = $3 and a.level = $4`, []any{m.Unit, m.Budget, m.Item, l.Level}, &l.Appropriated, &l.Received)
		if err != nil {
			return err
		}
		l.Gap = l.Promised - l.Received
		m.Received += l.Received
	}
	for query, sum := range map[string]*int64{
		"select cast(coalesce(sum(fen), 0) as bigint) from fund_payment where unit = $1 and budget = $2 and item = $3":                             &m.Paid,
		"select cast(coalesce(sum(fen), 0) as bigint) from fund_transfer where unit = $1 and budget = $2 and to_item = $3 and step = 'approved'":   &m.In,
		"select cast(coalesce(sum(fen), 0) as bigint) from fund_transfer where unit = $1 and budget = $2 and from_item = $3 and step = 'approved'": &m.Out,
	} {
		if err := tx.Get(ctx, query, []any{m.Unit, m.Budget, m.Item}, sum); err != nil {
			return err
		}
	}
	m.Left = m.Received + m.In - m.Out - m.Paid
	m.Unfunded = m.Approved - m.Received
	return tx.Get(ctx, `select cast(coalesce(sum(i.city + i.county), 0) as bigint) from fund_budget_item i where i.unit = $1 and i.item = $2
		and i.budget in (select l.budget from fund_budget_line l where l.unit = $1 and l.year = $3)`, []any{m.Unit, m.Item, int64(m.Year - 1)}, &m.LastYear)
}

// AskedTransfer is a transfer that waits for its answer.
type AskedTransfer struct {
	Unit     event.Unit `json:"unit"`
	Transfer string     `json:"transfer"`
	From     fund.Item  `json:"from"`
	To       fund.Item  `json:"to"`
	Fen      int64      `json:"fen"`
	Words    string     `json:"words"`
}

// AskedTransfers lists the transfers of an area that wait for their answer.
func AskedTransfers(ctx context.Context, tx *store.Tx, low, high string) ([]AskedTransfer, error) {
	all, err := store.Select(ctx, tx, `select t.unit, t.transfer, t.from_item, t.to_item, t.fen, t.words from fund_transfer t where t.unit >= $1 and t.unit < $2 and t.step = 'asked'
		and not exists (select 1 from fund_transfer r where r.unit = t.unit and r.transfer = t.transfer and r.step <> 'asked')`, []any{low, high}, func(rows *sql.Rows) (t AskedTransfer, err error) {
		return t, rows.Scan(&t.Unit, &t.Transfer, &t.From, &t.To, &t.Fen, &t.Words)
	})
	slices.SortFunc(all, func(a, b AskedTransfer) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Transfer, b.Transfer))
	})
	return all, err
}

// Purse is money that can be spent: an appropriation, or a transfer that was approved, with what is left of it.
type Purse struct {
	Unit     event.Unit `json:"unit"`
	Purse    string     `json:"appropriation"` // or the transfer
	Budget   string     `json:"budget"`
	Item     fund.Item  `json:"item"`
	Level    string     `json:"level,omitempty"` // empty: a transfer
	Fen      int64      `json:"fen"`
	Left     int64      `json:"left_fen"`
	Received bool       `json:"received"`
}

// Purses lists the money of the units of an area that can be spent, or that is under way to them.
func Purses(ctx context.Context, tx *store.Tx, low, high string) ([]Purse, error) {
	ids, err := store.Select(ctx, tx, `select distinct unit, appropriation from fund_appropriation where unit >= $1 and unit < $2
		union select distinct unit, transfer from fund_transfer where unit >= $1 and unit < $2 and step = 'approved' order by 1, 2`, []any{low, high},
		func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(new(string), &id) })
	if err != nil {
		return nil, err
	}
	all := []Purse{}
	for _, id := range ids {
		m, err := LoadMoney(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if m != nil {
			all = append(all, Purse{m.Home, id, m.Budget, m.Item, m.Level, m.AmountFen, m.LeftFen, m.Received})
		}
	}
	return all, nil
}
