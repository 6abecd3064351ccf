package site

import "github.com/huzheng/huzheng/internal/citizen"

// Words says what each kind of entry of the site states.
var Words = map[string]citizen.Text{
	KindUnitFounded:       {ZH: "设立单位", EN: "founded a unit"},
	KindOperatorAppointed: {ZH: "任命操作员", EN: "appointed an operator"},
	KindOperatorEnded:     {ZH: "终止操作员任命", EN: "ended an operator's appointment"},
	KindClockConfirmed:    {ZH: "确认时钟", EN: "confirmed the clock"},
}
