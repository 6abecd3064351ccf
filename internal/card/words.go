package card

import "github.com/huzheng/huzheng/internal/citizen"

// Words says what each kind of entry of the card room states.
var Words = map[string]citizen.Text{
	KindNotified:           {ZH: "通知办理", EN: "told a resident that the turn has come"},
	KindNumberReserved:     {ZH: "预留受理号", EN: "reserved an acceptance number"},
	KindOpened:             {ZH: "受理申领", EN: "accepted an application"},
	KindPhotographed:       {ZH: "采集人像", EN: "took the photograph"},
	KindConfirmed:          {ZH: "签字确认", EN: "recorded the signed form"},
	KindReviewed:           {ZH: "审核", EN: "reviewed"},
	KindReturned:           {ZH: "退回", EN: "returned"},
	KindSigned:             {ZH: "签发", EN: "signed"},
	KindChecked:            {ZH: "市级核查", EN: "checked across the city"},
	KindOrdered:            {ZH: "送制证", EN: "ordered from the maker"},
	KindMade:               {ZH: "已制证", EN: "made"},
	KindRejected:           {ZH: "制证不合格", EN: "rejected by the maker"},
	KindDispatched:         {ZH: "制证中心发出", EN: "sent out by the maker"},
	KindArrived:            {ZH: "证件到所", EN: "arrived at the station"},
	KindCollectNotified:    {ZH: "通知领证", EN: "told to collect"},
	KindHandedOver:         {ZH: "发放证件", EN: "handed over"},
	KindOldTakenIn:         {ZH: "收回旧证", EN: "took the old card in"},
	KindReportedLost:       {ZH: "证件挂失", EN: "reported lost"},
	KindWithdrawn:          {ZH: "终止申领", EN: "withdrawn"},
	KindOrderWritten:       {ZH: "写出制证订单", EN: "wrote an order file"},
	KindFeedbackTaken:      {ZH: "接收制证反馈", EN: "took in a feedback file"},
	KindConsigned:          {ZH: "下发证件", EN: "sent cards down"},
	KindConsignmentCounted: {ZH: "清点证件", EN: "counted cards"},
	KindLookedUp:           {ZH: "查询申领", EN: "looked applications up"},
}
