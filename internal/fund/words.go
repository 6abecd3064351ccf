package fund

import "github.com/huzheng/huzheng/internal/citizen"

// Words says what each kind of entry of the fund room states.
var Words = map[string]citizen.Text{
	KindReceiptsIssued:      {ZH: "发放票据", EN: "issued a book of receipts"},
	KindFeeCollected:        {ZH: "收取工本费", EN: "collected a fee"},
	KindFeeWaived:           {ZH: "减免工本费", EN: "waived a fee"},
	KindReceiptVoided:       {ZH: "作废票据", EN: "voided a receipt"},
	KindDayClosed:           {ZH: "日结账", EN: "closed a cashier's day"},
	KindRemitted:            {ZH: "上缴国库", EN: "remitted to the treasury"},
	KindRemittanceConfirmed: {ZH: "确认到账", EN: "confirmed a remittance"},
	KindRefunded:            {ZH: "退还工本费", EN: "refunded a fee"},
	KindReceiptsLost:        {ZH: "票据报失", EN: "reported receipts lost"},
	KindReceiptsReturned:    {ZH: "缴回空白票据", EN: "returned unused receipts"},
	KindPoorListed:          {ZH: "登记减免对象名单", EN: "listed people to be waived"},
	KindLookedUp:            {ZH: "查询减免对象", EN: "looked a waiver up"},
	KindBudgetDrafted:       {ZH: "编制预算", EN: "drafted a budget"},
	KindBudgetSubmitted:     {ZH: "报送预算", EN: "submitted a budget"},
	KindBudgetReviewed:      {ZH: "审核预算", EN: "reviewed a budget"},
	KindAppropriated:        {ZH: "拨付经费", EN: "appropriated money"},
	KindReceived:            {ZH: "经费到账", EN: "received an appropriation"},
	KindPaid:                {ZH: "支付", EN: "paid from an appropriation"},
	KindTransferAsked:       {ZH: "申请调剂", EN: "asked to transfer money between items"},
	KindTransferred:         {ZH: "批复调剂", EN: "decided on a transfer between items"},
}
