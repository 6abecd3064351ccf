package register

import "github.com/huzheng/huzheng/internal/citizen"

// Words says what each kind of entry of the register states.
var Words = map[string]citizen.Text{
	KindChunkImported:    {ZH: "导入旧库数据", EN: "imported a chunk of an old database"},
	KindNumbersAllotted:  {ZH: "分配顺序码", EN: "allotted number sequences"},
	KindNumberReserved:   {ZH: "预留公民身份号码", EN: "reserved a citizen number"},
	KindBirthRegistered:  {ZH: "出生登记", EN: "registered a birth"},
	KindMoveInRequested:  {ZH: "申请迁入", EN: "asked for a person to be moved here"},
	KindMoveRefused:      {ZH: "不予迁出", EN: "refused to move a person out"},
	KindMovedOut:         {ZH: "迁出", EN: "moved out"},
	KindMovedIn:          {ZH: "迁入", EN: "moved in"},
	KindArrivalConfirmed: {ZH: "确认迁达", EN: "confirmed an arrival"},
	KindMoveReturned:     {ZH: "退回迁移", EN: "returned a move"},
	KindTenureResumed:    {ZH: "恢复原登记", EN: "resumed the former registration"},
	KindEventReported:    {ZH: "事项通报", EN: "reported an event"},
	KindReportAnswered:   {ZH: "答复通报", EN: "answered a report"},
	KindDeathRegistered:  {ZH: "死亡注销", EN: "registered a death"},
	KindItemsCorrected:   {ZH: "变更更正项目", EN: "changed or corrected items"},
	KindPapersBrought:    {ZH: "补交材料", EN: "took in missing papers"},
	KindCancelled:        {ZH: "注销户口", EN: "cancelled a registration"},
	KindRestored:         {ZH: "恢复户口", EN: "restored a registration"},
	KindIdentityLinked:   {ZH: "认定同一人", EN: "linked an old number with the person"},
	KindLookedUp:         {ZH: "查询", EN: "looked residents up"},
}
