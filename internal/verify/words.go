package verify

import "github.com/huzheng/huzheng/internal/citizen"

// Words says what each kind of entry of the room states.
var Words = map[string]citizen.Text{
	KindRunDone:            {ZH: "逻辑检查", EN: "asked the item rules of a register"},
	KindFindingsNoted:      {ZH: "登记项目疑错", EN: "noted broken item rules"},
	KindVisited:            {ZH: "入户核对", EN: "visited a household"},
	KindRevisited:          {ZH: "复查入户", EN: "visited a household again, blind"},
	KindCompared:           {ZH: "五项核对", EN: "compared the five records"},
	KindOrderDone:          {ZH: "更正到位", EN: "did a correction order"},
	KindVerified:           {ZH: "核对准确", EN: "verified a resident"},
	KindCorrectionProposed: {ZH: "提出更正", EN: "proposed a correction"},
	KindCorrectionApproved: {ZH: "批准更正", EN: "approved a correction"},
	KindCorrectionRefused:  {ZH: "不予更正", EN: "refused a correction"},
	KindCorrectionCarried:  {ZH: "办结更正", EN: "carried a correction out"},
	KindCaseOpened:         {ZH: "立案", EN: "opened a case"},
	KindPersonHeard:        {ZH: "听取本人意见", EN: "heard a person"},
	KindFindingRecorded:    {ZH: "记录核查情况", EN: "recorded a finding"},
	KindProposed:           {ZH: "提出处理意见", EN: "proposed how to decide"},
	KindProposalRefused:    {ZH: "退回处理意见", EN: "gave a proposal back"},
	KindDecided:            {ZH: "作出决定", EN: "decided a case"},
	KindNumberAssigned:     {ZH: "编定新号码", EN: "gave a new number"},
	KindNoticeServed:       {ZH: "送达通知", EN: "served a notice"},
	KindObjected:           {ZH: "提出异议", EN: "recorded an objection"},
	KindReopened:           {ZH: "重新审查", EN: "reopened a case"},
	KindCarriedOut:         {ZH: "执行决定", EN: "carried a decision out"},
	KindDecisionReturned:   {ZH: "退回决定", EN: "returned a decision"},
	KindLifeProved:         {ZH: "本人到所证明", EN: "recorded a proof of life"},
	KindReversed:           {ZH: "撤销决定", EN: "reversed a decision"},
	KindCaseClosed:         {ZH: "结案", EN: "closed a case"},
}
