package programme

import "github.com/huzheng/huzheng/internal/citizen"

// Words says what each kind of entry of the programme states.
var Words = map[string]citizen.Text{
	KindPlanAdopted:       {ZH: "制定工作方案", EN: "adopted a plan"},
	KindMilestoneMet:      {ZH: "完成时间节点", EN: "met a milestone"},
	KindQuotasSet:         {ZH: "下达换证任务数", EN: "set the quotas"},
	KindOrderIssued:       {ZH: "下达督办", EN: "issued an order"},
	KindOrderAcknowledged: {ZH: "签收督办", EN: "acknowledged an order"},
	KindOrderReplied:      {ZH: "回复督办", EN: "replied to an order"},
	KindOrderClosed:       {ZH: "督办销号", EN: "closed an order"},
	KindReportFrozen:      {ZH: "固定报表", EN: "froze a report"},
	KindNoticeIssued:      {ZH: "发布公告", EN: "issued a public notice"},
	KindProblemRaised:     {ZH: "提出问题", EN: "raised a problem"},
	KindGuidanceIssued:    {ZH: "下发指导意见", EN: "issued guidance"},
	KindGuidanceRead:      {ZH: "阅知指导意见", EN: "read guidance"},
}
