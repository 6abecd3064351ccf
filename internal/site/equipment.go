package site

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// lawAnnex is the annex of the city's plan, left out in the text that we have (plan X1); the norm below stands in its place.
const lawAnnex = "长府办发〔2005〕49号 附件"

// Norm is how many of one kind of equipment a unit of each tier has at least (X1, F4).
type Norm struct {
	Type        string       `json:"type"`
	Text        citizen.Text `json:"text"`
	City        int          `json:"city"`
	County      int          `json:"county"`
	Station     int          `json:"station"`
	Unconfirmed bool         `json:"unconfirmed,omitempty"` // the count, the tier or the kind stands in no source
}

// At is the norm at a tier.
func (n Norm) At(l event.Level) int {
	switch l {
	case event.City:
		return n.City
	case event.County:
		return n.County
	case event.Station:
		return n.Station
	}
	return 0
}

// EquipmentNorm is the norm by tier. Camera sets and the stations' card readers stand in sources (law-and-process F4); every row marked is UNCONFIRMED.
var EquipmentNorm = []Norm{
	{Type: "camera_set", Text: citizen.Text{ZH: "照相设备", EN: "camera set"}, City: 2, County: 1, Station: 1},
	{Type: "card_reader", Text: citizen.Text{ZH: "二代证阅读机具", EN: "card reader"}, Station: 1},
	{Type: "address_writer", Text: citizen.Text{ZH: "住址变更读写机具", EN: "reader that writes addresses"}, County: 1, Unconfirmed: true},
	{Type: "computer", Text: citizen.Text{ZH: "计算机", EN: "computer"}, City: 2, County: 2, Station: 1, Unconfirmed: true},
	{Type: "scanner", Text: citizen.Text{ZH: "扫描仪", EN: "scanner"}, County: 1, Station: 1, Unconfirmed: true},
	{Type: "barcode_scanner", Text: citizen.Text{ZH: "条码扫描器", EN: "bar-code scanner"}, County: 1, Station: 1, Unconfirmed: true},
	{Type: "form_printer", Text: citizen.Text{ZH: "激光打印机", EN: "laser printer for forms"}, City: 1, County: 1, Station: 1, Unconfirmed: true},
	{Type: "receipt_printer", Text: citizen.Text{ZH: "票据打印机", EN: "receipt printer"}, Station: 1, Unconfirmed: true},
	{Type: "ups", Text: citizen.Text{ZH: "不间断电源", EN: "uninterruptible power supply"}, City: 1, County: 1, Station: 1, Unconfirmed: true},
	{Type: "removable_disk", Text: citizen.Text{ZH: "移动硬盘", EN: "removable disk"}, County: 1, Station: 1, Unconfirmed: true},
	{Type: "router", Text: citizen.Text{ZH: "路由器、交换机", EN: "router or switch"}, City: 1, County: 1, Station: 1, Unconfirmed: true},
	{Type: "server", Text: citizen.Text{ZH: "服务器和存储", EN: "server and storage"}, City: 1, County: 1, Unconfirmed: true},
	{Type: "mobile_kit", Text: citizen.Text{ZH: "流动采集设备", EN: "mobile kit"}, County: 1, Unconfirmed: true},
}

// Step is a step of an asset's way (R8).
type Step string

// The steps.
const (
	Needed    Step = "needed"
	Approved  Step = "approved"
	Tendered  Step = "tendered"
	Delivered Step = "delivered"
	Installed Step = "installed"
	Tested    Step = "tested"
	InService Step = "in_service"
	Repair    Step = "repair" // broken down, until it is in service again
	Retired   Step = "retired"
)

// purchase are the steps that belong to who buys.
var purchase = []Step{Approved, Tendered, Delivered, Retired}

// after says which steps may follow one; the empty step is the beginning. Equipment that is there already begins as delivered; one that is bought without a
// tender skips it; a failed test is repeated or leads to repair.
var after = map[Step][]Step{
	"":        {Needed, Delivered},
	Needed:    {Approved, Retired},
	Approved:  {Tendered, Delivered, Retired},
	Tendered:  {Delivered, Retired},
	Delivered: {Installed, Retired},
	Installed: {Tested, Retired},
	Tested:    {Tested, InService, Repair, Retired},
	InService: {Repair, Retired},
	Repair:    {Tested, InService, Retired},
}

// StepCounts tells whether an entry of a stream may state a step of a unit's asset. Who buys (the superior; a city for itself) says that it was approved,
// tendered, delivered or retired, and nobody else; need, installation, test, service and breakdown are the unit's word or its superior's.
func StepCounts(s event.Stream, about event.Unit, step Step) bool {
	if slices.Contains(purchase, step) {
		return Above(s, about)
	}
	return Own(s, about) || Above(s, about)
}

// EquipmentStepped is one step of an asset. N numbers the steps. Entry: site.equipment_stepped.
type EquipmentStepped struct {
	Unit     event.Unit   `json:"unit"` // where it stands
	Asset    string       `json:"asset"`
	Type     string       `json:"type"`
	N        int          `json:"n"`
	Step     Step         `json:"step"`
	On       citizen.Date `json:"on"`
	Serial   string       `json:"serial,omitempty"`
	Warranty citizen.Date `json:"warranty,omitzero"` // last day
	Supplier string       `json:"supplier,omitempty"`
	PriceFen int64        `json:"price_fen,omitempty"`
	Sheet    string       `json:"sheet,omitempty"` // number of the test sheet
	Failed   bool         `json:"failed,omitempty"`
	Note     string       `json:"note,omitempty"`
}

// AssetStep is a stored EquipmentStepped.
type AssetStep struct {
	EquipmentStepped
	Claim
}

// Asset is a piece of equipment.
type Asset struct {
	Asset    string       `json:"asset"`
	Unit     event.Unit   `json:"unit"`
	Type     string       `json:"type"`
	Step     Step         `json:"step"`
	Since    citizen.Date `json:"since"`
	Serial   string       `json:"serial,omitempty"`
	Warranty citizen.Date `json:"warranty,omitzero"`
	Supplier string       `json:"supplier,omitempty"`
	PriceFen int64        `json:"price_fen,omitempty"`
	Sheet    string       `json:"sheet,omitempty"`
	Failed   bool         `json:"failed,omitempty"`    // the last test
	Down     int          `json:"downtime_days"`       // days out of service, today's among them
	Broken   int          `json:"breakdowns,omitzero"` // how often
	N        int          `json:"-"`
}

// AssetOf derives an asset from its steps, in whatever order they came. They stand in the order of their numbers; of two with one number the unit's own
// counts for what is its own to say (installation, test, service, breakdown), and the superior's for the purchase, where the unit has no word at all.
// Whatever else is said, what is retired stays so. Of what several steps say once (serial, warranty, supplier, price, sheet) the last holds.
func AssetOf(steps []AssetStep, today citizen.Date) Asset {
	sorted := slices.Clone(steps)
	slices.SortFunc(sorted, func(a, b AssetStep) int {
		if gone := a.Step == Retired; gone != (b.Step == Retired) {
			return map[bool]int{true: 1, false: -1}[gone]
		}
		if a.N != b.N {
			return a.N - b.N
		}
		return order(b.Claim, a.Claim) // the unit's own, being of the lower tier, comes first
	})
	var asset Asset
	for _, s := range sorted {
		if s.N == asset.N && s.Step != Retired || asset.Step == Retired {
			continue
		}
		asset.take(s)
	}
	if asset.Step == Repair && today.After(asset.Since) {
		asset.Down += asset.Since.DaysUntil(today)
	}
	return asset
}

func (a *Asset) take(s AssetStep) {
	if a.Step == Repair && s.Step != Repair {
		a.Down += max(0, a.Since.DaysUntil(s.On))
	}
	if s.Step == Repair {
		a.Broken++
	}
	a.Asset, a.Unit, a.Type, a.N, a.Step, a.Since = s.Asset, s.Unit, s.Type, s.N, s.Step, s.On
	if s.Step == Tested {
		a.Failed = s.Failed
	}
	keep(&a.Serial, s.Serial)
	keep(&a.Supplier, s.Supplier)
	keep(&a.Sheet, s.Sheet)
	if !s.Warranty.IsZero() {
		a.Warranty = s.Warranty
	}
	if s.PriceFen > 0 {
		a.PriceFen = s.PriceFen
	}
}

func keep(at *string, value string) {
	if value != "" {
		*at = value
	}
}

// EquipmentCommand takes an asset through one step, or several of one day.
type EquipmentCommand struct {
	Unit     event.Unit
	Asset    string
	Type     string // of a new asset
	Steps    []Step
	On       citizen.Date // zero: today
	Serial   string
	Warranty citizen.Date
	Supplier string
	PriceFen int64
	Sheet    string
	Failed   bool
	Note     string
}

// MoveEquipment decides the next steps of an asset; now is what it is, zero for a new one.
func MoveEquipment(by By, cmd EquipmentCommand, known bool, now Asset) ([]event.Event, error) {
	if cmd.On.IsZero() {
		cmd.On = by.Today
	}
	if now.N > 0 {
		cmd.Unit, cmd.Type = now.Unit, now.Type
	}
	if err := checkEquipment(by, cmd, known, now); err != nil {
		return nil, err
	}
	var events []event.Event
	for _, step := range cmd.Steps {
		if err := checkStep(by, cmd, step, now); err != nil {
			return nil, err
		}
		body := EquipmentStepped{Unit: cmd.Unit, Asset: cmd.Asset, Type: cmd.Type, N: now.N + 1, Step: step, On: cmd.On, Serial: cmd.Serial, Warranty: cmd.Warranty,
			Supplier: cmd.Supplier, PriceFen: cmd.PriceFen, Note: cmd.Note}
		if step == Tested {
			body.Sheet, body.Failed = cmd.Sheet, cmd.Failed
		}
		events = append(events, event.Event{Stream: equipmentStream(by, cmd.Unit, step), Kind: KindEquipmentStepped, V: 1, Subject: cmd.Asset, Body: body})
		now.take(AssetStep{EquipmentStepped: body})
	}
	return events, nil
}

// equipmentStream is the unit's own word, or its superior's. What a city buys for itself it decides in its down stream.
func equipmentStream(by By, about event.Unit, step Step) event.Stream {
	if slices.Contains(purchase, step) {
		return event.Down(by.Unit)
	}
	return by.stream(about)
}

func checkEquipment(by By, cmd EquipmentCommand, known bool, now Asset) error {
	if err := by.speaks(cmd.Unit, known); err != nil {
		return err
	}
	if !slices.ContainsFunc(EquipmentNorm, func(n Norm) bool { return n.Type == cmd.Type }) {
		r := refuse("site.equipment_type", "type", "没有设备类别 "+cmd.Type, "there is no equipment of type "+cmd.Type, "用 site.equipment_norm 查看类别", "see site.equipment_norm")
		r.Source = lawAnnex
		return r
	}
	if len(cmd.Steps) == 0 {
		return refuse("site.equipment_step", "steps", "未写明环节", "no step is given", "写明环节", "give the steps")
	}
	if cmd.On.After(by.Today) || cmd.On.Before(now.Since) {
		return refuse("site.equipment_date", "on", "日期晚于今日或早于上一环节", "the date is later than today or before the last step", "核对日期", "check the date")
	}
	return nil
}

func checkStep(by By, cmd EquipmentCommand, step Step, now Asset) error {
	switch {
	case !slices.Contains(after[now.Step], step):
		return refuse("site.equipment_step", "steps", "设备现为 "+string(now.Step)+" 环节，不能转为 "+string(step),
			"the equipment is at "+string(now.Step)+" and cannot go to "+string(step), "按环节顺序办理(site.equipment_list)", "take the steps in their order (site.equipment_list)")
	case !StepCounts(equipmentStream(by, cmd.Unit, step), cmd.Unit, step):
		return refuse("site.not_above", "steps", "批准、采购、到货和报废由上级办理", "approval, purchase, delivery and retirement are the superior's",
			"由上级公安机关办理", "let the unit above do it")
	case step == Delivered && (cmd.Serial == "" && now.Serial == ""):
		return refuse("site.no_serial", "serial", "到货未填出厂编号", "the serial number is missing on delivery", "填写出厂编号", "give the serial number")
	case step == Tested && cmd.Sheet == "":
		return refuse("site.no_sheet", "sheet", "未填测试单号", "the test sheet is missing", "填写测试单号", "give the number of the test sheet")
	case step == InService && now.Failed:
		return refuse("site.test_failed", "steps", "设备测试未通过", "the equipment failed its test", "修复后重新测试", "repair it and test again")
	case step == Repair && cmd.Note == "":
		return refuse("site.no_ground", "note", "未写明故障", "the breakdown is not described", "写明故障", "describe it")
	case cmd.PriceFen < 0:
		return refuse("site.price", "price_fen", "价格为负", "the price is negative", "核对价格", "check the price")
	}
	return nil
}

// Need is a unit's need of one kind of equipment: the norm, less what is there or on its way.
type Need struct {
	Unit        event.Unit   `json:"unit"`
	Type        string       `json:"type"`
	Text        citizen.Text `json:"text"`
	Norm        int          `json:"norm"`
	Present     int          `json:"present"` // delivered and not retired
	InService   int          `json:"in_service"`
	Coming      int          `json:"coming"` // needed, approved or tendered
	Need        int          `json:"need"`   // norm - present
	Unconfirmed bool         `json:"unconfirmed,omitempty"`
}

// NeedOf gives a unit's need for each kind of equipment that the norm asks of its tier, or that stands there.
func NeedOf(unit event.Unit, assets []Asset) []Need {
	var all []Need
	for _, norm := range EquipmentNorm {
		n := Need{Unit: unit, Type: norm.Type, Text: norm.Text, Norm: norm.At(unit.Level()), Unconfirmed: norm.Unconfirmed}
		for _, a := range assets {
			if a.Type == norm.Type && a.Unit == unit {
				n.count(a.Step)
			}
		}
		n.Need = max(0, n.Norm-n.Present)
		if n.Norm+n.Present+n.Coming > 0 {
			all = append(all, n)
		}
	}
	return all
}

func (n *Need) count(s Step) {
	switch s {
	case Retired:
	case Needed, Approved, Tendered:
		n.Coming++
	case InService:
		n.InService++
		n.Present++
	default:
		n.Present++
	}
}

func countInService(assets []Asset, kind string) (n int) {
	for _, a := range assets {
		if a.Type == kind && a.Step == InService {
			n++
		}
	}
	return n
}

// TotalNeed adds the needs of an area up, by type.
func TotalNeed(area event.Unit, needs []Need) []Need {
	total := []Need{}
	for _, norm := range EquipmentNorm {
		sum := Need{Unit: area, Type: norm.Type, Text: norm.Text, Unconfirmed: norm.Unconfirmed}
		for _, n := range needs {
			if n.Type == norm.Type {
				sum.Norm += n.Norm
				sum.Present += n.Present
				sum.InService += n.InService
				sum.Coming += n.Coming
				sum.Need += n.Need
			}
		}
		if sum.Norm+sum.Present+sum.Coming > 0 {
			total = append(total, sum)
		}
	}
	return total
}
