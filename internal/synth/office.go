package synth

import (
	"fmt"
	"math/rand/v2"

	"github.com/huzheng/huzheng/internal/event"
)

// stationNames makes names for stations that no real station of the city is known to have.
type stationNames struct {
	names []string
}

func newNames(seed uint64) *stationNames {
	s := &stationNames{}
	for _, a := range []string{"瑞", "嘉", "惠", "宏", "景", "恒", "锦", "仁", "祥", "裕", "启", "颐", "懿", "沁", "翰", "璟", "钰", "澄"} {
		for _, b := range []string{"民", "里", "苑", "泽", "乐", "园", "庭", "桥", "林", "川", "岭", "舟", "野", "岸", "坪", "溪"} {
			s.names = append(s.names, a+b)
		}
	}
	r := rand.New(rand.NewPCG(seed, 0x6e616d6573))
	r.Shuffle(len(s.names), func(i, j int) { s.names[i], s.names[j] = s.names[j], s.names[i] })
	return s
}

func (s *stationNames) next() string {
	name := s.names[0]
	s.names = s.names[1:]
	return name
}

// Operator is somebody who works at a unit.
type Operator struct {
	Login string // role and unit, such as clerk220102001; a second one clerk2220102001; the leader is chief220102001
	Name  string
	Unit  event.Unit
	Roles []string // of site.Roles
}

// staffing is how many people a unit of a tier has in each role, and one more in the roles marked for so many residents (ASSUMPTION).
var staffing = map[event.Level][]struct {
	role string
	n    int
	each int // residents for one more; 0: none
}{
	event.City: {{"administrator", 1, 0}, {"leader", 1, 0}, {"reviewer", 2, 0}, {"issuer", 1, 0}, {"finance", 1, 0}, {"communications", 1, 0}, {"auditor", 1, 0}},
	event.County: {{"administrator", 1, 0}, {"leader", 1, 0}, {"reviewer", 2, 0}, {"issuer", 1, 0}, {"finance", 1, 0}, {"communications", 1, 0},
		{"auditor", 1, 0}},
	event.Station: {{"administrator", 1, 0}, {"leader", 1, 0}, {"area_officer", 2, 3000}, {"clerk", 2, 15000}, {"photographer", 1, 20000}, {"cashier", 1, 0}},
}

// Staff returns the operators of every unit: each role that its tier has, under the same logins for the same city.
func (c *City) Staff() []Operator {
	r := rand.New(rand.NewPCG(c.config.Seed, 0x7374616666))
	var all []Operator
	for _, u := range c.units {
		for _, s := range staffing[u.Code.Level()] {
			n := s.n
			if s.each > 0 {
				n += u.Residents / s.each
			}
			for i := range n {
				all = append(all, Operator{Login: loginOf(s.role, i, u.Code), Name: surnames().draw(r) + given(r, 1960+r.IntN(22), r.IntN(100) < 70),
					Unit: u.Code, Roles: []string{s.role}})
			}
		}
	}
	return all
}

func loginOf(role string, i int, unit event.Unit) string {
	if role == "leader" {
		role = "chief"
	}
	if i > 0 {
		role += fmt.Sprint(i + 1)
	}
	return role + string(unit)
}

// Equipment is one thing that a unit has or needs.
type Equipment struct {
	Unit   event.Unit
	Kind   string // a type of site.EquipmentNorm
	Name   string // in Chinese
	Serial string
	State  string // a site.Step: in_service, delivered, tendered, needed: how far the purchase has got on the city's day
}

type equipmentNorm struct {
	kind, name string
	city       int
	county     int
	station    int
	fen        int64
}

// equipmentNorms are those of the site (a test compares them): two camera sets at the city, one at each county and station; the rest, and all prices, are
// ASSUMPTION (the plan's own annex is not known).
var equipmentNorms = []equipmentNorm{
	{"camera_set", "照相设备", 2, 1, 1, 650_000},
	{"card_reader", "二代证阅读机具", 0, 0, 1, 250_000},
	{"address_writer", "住址变更读写机具", 0, 1, 0, 380_000},
	{"computer", "计算机", 2, 2, 1, 600_000},
	{"scanner", "扫描仪", 0, 1, 1, 150_000},
	{"barcode_scanner", "条码扫描器", 0, 1, 1, 60_000},
	{"form_printer", "激光打印机", 1, 1, 1, 220_000},
	{"receipt_printer", "票据打印机", 0, 0, 1, 180_000},
	{"ups", "不间断电源", 1, 1, 1, 90_000},
	{"removable_disk", "移动硬盘", 0, 1, 1, 80_000},
	{"router", "路由器、交换机", 1, 1, 1, 150_000},
	{"server", "服务器和存储", 1, 1, 0, 4_500_000},
	{"mobile_kit", "流动采集设备", 0, 1, 0, 1_200_000},
}

func (n equipmentNorm) at(l event.Level) int {
	return map[event.Level]int{event.City: n.city, event.County: n.county, event.Station: n.station}[l]
}

// Equipment returns what every unit needs by the norm, most of it in service; what is not differs from unit to unit, so that units become ready
// one after another.
func (c *City) Equipment() []Equipment {
	r := rand.New(rand.NewPCG(c.config.Seed, 0x6765617273))
	var all []Equipment
	for _, u := range c.units {
		for _, norm := range equipmentNorms {
			for i := range norm.at(u.Code.Level()) {
				state := "in_service"
				if u.Kind == "station" && r.IntN(10) >= 7 {
					state = pick(r, []string{"delivered", "tendered", "needed"})
				}
				all = append(all, Equipment{Unit: u.Code, Kind: norm.kind, Name: norm.name, State: state,
					Serial: fmt.Sprintf("SY-%s-%s-%02d", u.Code, norm.kind, i+1)})
			}
		}
	}
	return all
}

// Line is the road between a unit and the one above it.
type Line struct {
	Unit, To      event.Unit
	Kind          string // fibre, adsl, modem, disk: a disk carried by hand, where there is no line
	KbitPerSecond int    // 0 for a disk
	LossPercent   float64
}

// Lines returns the line of every unit but the city: fibre for counties, for stations what the place has (ASSUMPTION). In a small city the last
// stations, a third of them, have a disk only.
func (c *City) Lines() []Line {
	r := rand.New(rand.NewPCG(c.config.Seed, 0x6c696e6573))
	var all []Line
	n := 0
	for _, u := range c.units {
		line := Line{Unit: u.Code, To: u.Parent, Kind: "fibre", KbitPerSecond: 10_000, LossPercent: 0.01}
		switch u.Code.Level() {
		case event.City:
			continue
		case event.Station:
			n++
			kinds := []Line{{Kind: "fibre", KbitPerSecond: 2_000, LossPercent: 0.05}, {Kind: "adsl", KbitPerSecond: 512, LossPercent: 0.5}, {Kind: "modem", KbitPerSecond: 33, LossPercent: 2}}
			at := r.IntN(2)
			if u.Rural {
				at++
			}
			line.Kind, line.KbitPerSecond, line.LossPercent = kinds[at].Kind, kinds[at].KbitPerSecond, kinds[at].LossPercent
			if n%3 == 0 {
				line.Kind, line.KbitPerSecond, line.LossPercent = "disk", 0, 0
			}
		}
		all = append(all, line)
	}
	return all
}

// BudgetItem is one line of a unit's budget for the replacement.
type BudgetItem struct {
	Unit         event.Unit
	Year         int
	Item         string // of fund.Items
	Name         string // in Chinese, as plan P1 and S1-S6 name it
	Quantity     int
	UnitPriceFen int64
	AmountFen    int64
}

// Money returns the budget of the city and the counties, where money is planned and appropriated (R25, R29-R34): quantities by stations, staff
// and residents, prices are ASSUMPTION. Relief of the poor is for two in a hundred residents at the fee of 20 yuan (发改价格〔2003〕2322号).
func (c *City) Money() []BudgetItem {
	var all []BudgetItem
	for _, u := range c.units {
		if u.Kind != "bureau" {
			continue
		}
		units, residents, gear := 1, 0, equipmentCost(u.Code.Level())
		for _, s := range c.units {
			if s.Kind == "station" && s.Parent == u.Code {
				units, residents, gear = units+1, residents+s.Residents, gear+equipmentCost(event.Station)
			}
		}
		for _, item := range []BudgetItem{
			{Item: "network", Name: "信息网络建设", Quantity: units, UnitPriceFen: 1_200_000},
			{Item: "equipment", Name: "设备购置", Quantity: 1, UnitPriceFen: gear},
			{Item: "installation", Name: "安装调试", Quantity: units, UnitPriceFen: 200_000},
			{Item: "maintenance", Name: "日常维护", Quantity: units, UnitPriceFen: 300_000},
			{Item: "training", Name: "教育培训", Quantity: units * 6, UnitPriceFen: 30_000},
			{Item: "poverty_relief", Name: "减免贫困人口办证费用", Quantity: residents / 50, UnitPriceFen: 2_000},
			{Item: "office", Name: "办公经费", Quantity: units, UnitPriceFen: 500_000},
			{Item: "card_making", Name: "制发证件经费", Quantity: residents * 84 / 100, UnitPriceFen: 150},
		} {
			if item.Quantity > 0 {
				item.Unit, item.Year = u.Code, c.config.On.Year()
				item.AmountFen = int64(item.Quantity) * item.UnitPriceFen
				all = append(all, item)
			}
		}
	}
	return all
}

func equipmentCost(l event.Level) (fen int64) {
	for _, norm := range equipmentNorms {
		fen += int64(norm.at(l)) * norm.fen
	}
	return fen
}
