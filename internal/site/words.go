package site

import "github.com/huzheng/huzheng/internal/citizen"

// Words says what each kind of entry of the site states.
var Words = map[string]citizen.Text{
	KindUnitFounded:       {ZH: "设立单位", EN: "founded a unit"},
	KindOperatorAppointed: {ZH: "任命操作员", EN: "appointed an operator"},
	KindOperatorEnded:     {ZH: "终止操作员任命", EN: "ended an operator's appointment"},
	KindClockConfirmed:    {ZH: "确认时钟", EN: "confirmed the clock"},
	KindPasswordReset:     {ZH: "重设操作员密码", EN: "reset an operator's password"},
	KindOperatorUnlocked:  {ZH: "解除操作员锁定", EN: "unlocked an operator"},
	KindReadyDeclared:     {ZH: "报告准备就绪", EN: "declared that the unit is ready"},
	KindStageDecided:      {ZH: "决定单位阶段", EN: "decided a step of a unit's life"},
	KindUnitStopped:       {ZH: "停办二代证业务", EN: "stopped a unit's work"},
	KindUnitResumed:       {ZH: "恢复二代证业务", EN: "resumed a unit's work"},
	KindEquipmentStepped:  {ZH: "登记设备环节", EN: "took equipment a step on"},
	KindLineStated:        {ZH: "登记线路状态", EN: "stated a unit's line"},
	KindOutageOpened:      {ZH: "登记线路中断", EN: "opened an outage of a line"},
	KindOutageClosed:      {ZH: "登记线路恢复", EN: "closed an outage of a line"},
	KindCourseOpened:      {ZH: "举办培训班", EN: "announced a course"},
	KindAttended:          {ZH: "登记参加培训", EN: "recorded attendance at a course"},
	KindExamined:          {ZH: "登记考试成绩", EN: "recorded an examination"},
	KindCertified:         {ZH: "发给岗位合格证", EN: "certified an operator for a post"},
	KindActivated:         {ZH: "批准上岗", EN: "activated an operator for a post"},
	KindSuspended:         {ZH: "暂停上岗资格", EN: "suspended an operator from a post"},
	KindSeatFilled:        {ZH: "任命机构成员", EN: "filled a seat of a body"},
	KindSeatLeft:          {ZH: "机构成员离任", EN: "recorded that a seat was left"},
	KindAbsenceNoted:      {ZH: "登记人员缺勤", EN: "noted an operator's absence"},
}
