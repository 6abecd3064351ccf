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
}
