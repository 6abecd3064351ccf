package campaign

import (
	"fmt"
	"io"
	"strings"
)

// Summary is what a leader reads in the end, and what demo and campaign print. The sums of residents, cards and money are the journals'; what has no sum there
// is the play's own count.
type Summary struct {
	Residents                   int     `json:"residents"`
	Verified                    int     `json:"verified"`
	CasesOpened                 int     `json:"cases_opened"`
	CasesClosed                 int     `json:"cases_closed"`
	DoubleRegistrationsResolved int     `json:"double_registrations_resolved"`
	ChildrenRegistered          int     `json:"children_registered"`
	Births                      int     `json:"births"`
	Moves                       int     `json:"moves"`
	Deaths                      int     `json:"deaths"`
	QuarantinedRows             int     `json:"quarantined_rows"`
	Accepted                    int     `json:"accepted"`
	Returned                    int     `json:"returned"`
	Made                        int     `json:"made"`
	Rejected                    int     `json:"rejected"`
	HandedOver                  int     `json:"handed_over"`
	ChildrensCards              int     `json:"childrens_cards"`
	TemporaryCards              int     `json:"temporary_cards"`
	LostReplaced                int     `json:"lost_replaced"`
	HeldRare                    int     `json:"held_rare"`
	Defects                     int     `json:"defects"`
	PhotosRetaken               int     `json:"photos_retaken"`
	AppointmentsKept            int     `json:"appointments_kept"`
	AppointmentsMissed          int     `json:"appointments_missed"`
	Reminders                   int     `json:"reminders"`
	SentUp                      int     `json:"sent_up"`
	OldDestroyed                int     `json:"old_destroyed"`
	AddressesAppended           int     `json:"addresses_appended"`
	StartedReady                int     `json:"started_ready"`
	StartedByOverride           int     `json:"started_by_override"`
	Orders                      int     `json:"orders"`
	LateExplained               int     `json:"late_explained"`
	Late                        int     `json:"late"`
	ForecastMonth               string  `json:"forecast_month"`
	FeesFen                     int64   `json:"fees_fen"`
	RemittedFen                 int64   `json:"remitted_fen"`
	Waived                      int     `json:"waived"`
	ParcelsNetwork              int     `json:"parcels_network"`
	ParcelsDisk                 int     `json:"parcels_disk"`
	LinesDown                   int     `json:"lines_down"`
	DisksLost                   int     `json:"disks_lost"`
	Restored                    int     `json:"restored"`
	PowerCuts                   int     `json:"power_cuts"`
	Entries                     int64   `json:"entries"`
	ConservationErrors          int     `json:"conservation_errors"`
	JournalErrors               int     `json:"journal_errors"`
	RebuildDifferences          int     `json:"rebuild_differences"`
	SliceDifferences            int     `json:"slice_differences"`
	PlantedFaults               int     `json:"planted_faults"`
	PlantedFound                int     `json:"planted_found"`
	Days                        int     `json:"days"`
	Seconds                     float64 `json:"seconds"`

	Notes []string `json:"notes,omitempty"` // of what is not as it should be
}

// Sound tells whether everything that must be zero is, and every planted fault was found.
func (s *Summary) Sound() bool {
	return s.ConservationErrors+s.JournalErrors+s.RebuildDifferences+s.SliceDifferences == 0 && s.PlantedFound == s.PlantedFaults
}

// Write writes the table for people.
func (s *Summary) Write(w io.Writer) {
	head := func(zh, en string) { fmt.Fprintf(w, "\n%s %s\n", zh, en) }
	line := func(zh, en string, values ...any) {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		fmt.Fprintf(w, "  %s%s%-46s %s\n", zh, strings.Repeat(" ", max(1, 24-width(zh))), en, strings.Join(texts, " / "))
	}
	yuan := func(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
	fmt.Fprintf(w, "户政演示城市 the demonstration city: %d 个工作日 working days, %.0f 秒 seconds\n", s.Days, s.Seconds)
	head("户口 register", "")
	line("在册人口", "residents", s.Residents)
	line("旧库待改行", "old rows put aside", s.QuarantinedRows)
	line("出生/死亡/迁移", "births / deaths / moves", s.Births, s.Deaths, s.Moves)
	head("核查 verification", "")
	line("已核实", "verified under a name", s.Verified)
	line("清理案件 立案/结案", "cases opened / closed", s.CasesOpened, s.CasesClosed)
	line("解决重户", "double registrations resolved", s.DoubleRegistrationsResolved)
	line("补登儿童", "children registered who were not", s.ChildrenRegistered)
	head("换证 cards", "")
	line("受理/退回", "accepted / returned", s.Accepted, s.Returned)
	line("制成/不合格", "made / rejected by the maker", s.Made, s.Rejected)
	line("已领", "handed over", s.HandedOver)
	line("儿童证/临时证/补领", "children's / temporary / lost and replaced", s.ChildrensCards, s.TemporaryCards, s.LostReplaced)
	line("生僻字挂起/缺陷", "held for a rare character / found defective", s.HeldRare, s.Defects)
	line("相片重照", "photographs taken again (the faces are drawn)", s.PhotosRetaken)
	line("预约 到/未到", "appointments kept / missed", s.AppointmentsKept, s.AppointmentsMissed)
	line("催领/上交", "reminders to collect / sent up", s.Reminders, s.SentUp)
	line("旧证废证销毁", "old and spoilt cards destroyed", s.OldDestroyed)
	line("追加住址", "addresses appended to chips", s.AddressesAppended)
	line("启动 就绪/批准", "stations started ready / by a named override", s.StartedReady, s.StartedByOverride)
	line("督办/说明超期", "orders to late units / lateness explained", s.Orders, s.LateExplained)
	line("超期", "late", s.Late)
	line("预计完成月份", "month in which all will have theirs", s.ForecastMonth)
	head("经费 money (元 yuan)", "")
	line("收费/上缴/减免（件）", "collected / remitted / waived (number)", yuan(s.FeesFen), yuan(s.RemittedFen), s.Waived)
	head("数据交换 exchange", "")
	line("数据包 联网/磁盘", "parcels by network / disk", s.ParcelsNetwork, s.ParcelsDisk)
	line("断线/丢盘/恢复/断电", "lines down / disks lost / restored / power cuts", s.LinesDown, s.DisksLost, s.Restored, s.PowerCuts)
	head("核对 proof", "")
	line("日志条目", "entries at the city", s.Entries)
	line("守恒差错", "conservation errors", s.ConservationErrors)
	line("日志差错", "journal errors", s.JournalErrors)
	line("重放差异", "rebuild differences", s.RebuildDifferences)
	line("分片差异", "slice differences", s.SliceDifferences)
	line("埋设差错 已查出/共", "planted faults found / planted", s.PlantedFound, s.PlantedFaults)
	for _, note := range s.Notes {
		fmt.Fprintln(w, "  !", note)
	}
}

// width is how many columns a text takes: Chinese characters take two.
func width(text string) (n int) {
	for _, r := range text {
		n++
		if r > 0x2e7f {
			n++
		}
	}
	return n
}
