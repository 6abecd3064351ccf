package explain

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/huzheng/huzheng/internal/linkage"
)

// Quality writes how well a run did against the truth, as tables. absent is how many pairs of the truth could not be looked for, since the file lacks a record of them.
func Quality(w io.Writer, q *linkage.Quality, absent int) {
	fmt.Fprintf(w, "\n真值 truth: 同一人的对 pairs of one person %d, 占登记 of registrations %.2f%%\n", q.All.Listed.All, 100*q.Prevalence)
	if absent > 0 {
		fmt.Fprintf(w, "真值中有、文件中没有的对 pairs of the truth that the file has not: %d\n", absent)
	}
	fmt.Fprintf(w, "建议 proposals: 查准 precision %s, 查全 recall %s; 只按总分划一条线时 by one cut of the score at precision 0.99: 查全 recall %s\n", ratio(q.All.Precision), ratio(q.All.Proposed),
		ratio(q.BestRecall))
	fmt.Fprintf(w, "建议和审查 proposals and review: 查全 recall %s, 每找到一对要看 pairs read for each found %.2f\n", ratio(q.All.Listed), q.ReviewPerFound)
	fmt.Fprintf(w, "有共同键 share a key: %s\n", ratio(q.All.Blocked))
	fmt.Fprintf(w, "多胞胎 multiple births: 误入建议 among the proposals %d; 多胞胎队列中的同一人 pairs of one person in their queue %s\n", q.TwinsProposed, ratio(q.TwinQueue))
	fmt.Fprintf(w, "重号 two persons with one number, found: %s\n", ratio(q.Shared))
	fmt.Fprintf(w, "对照：同名同生日 baseline, same name and same birth date: 查准 precision %s, 查全 recall %s\n", ratio(q.Baseline.Precision), ratio(q.Baseline.Proposed))
	fmt.Fprintf(w, "同样的查准率下，建议加上最可能的审查对 at no lower precision, proposals and the likeliest for review: 查全 recall %s，高出 above the baseline %+.1f 个百分点 points\n", ratio(q.AtBaseline),
		100*(q.AtBaseline.Value()-q.Baseline.Proposed.Value()))
	rows(w, "按登记情形 by kind of pair", q.Pairs)
	rows(w, "按差错 by error in either record", q.Errors)
	rows(w, "按民族、姓名字数、年龄 by ethnic group, characters of the name, age", q.Groups)
}

func rows(w io.Writer, title string, all []linkage.Row) {
	fmt.Fprintf(w, "\n%s\n%s %20s %20s %20s %20s\n", title, padded(""), "share a key", "proposed", "or for review", "precision")
	for _, row := range all {
		name := row.Name
		if name == "" {
			name = "-"
		}
		fmt.Fprintf(w, "%s %20s %20s %20s %20s\n", padded(name), ratio(row.Blocked), ratio(row.Proposed), ratio(row.Listed), ratio(row.Precision))
	}
}

// ratio writes 0.912 (31/34).
func ratio(r linkage.Ratio) string {
	if r.All == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f (%d/%d)", r.Value(), r.Found, r.All)
}

// padded fills a name up to the width of its column, Han characters being twice as wide as others.
func padded(name string) string {
	width := 32
	for _, r := range name {
		if width--; unicode.Is(unicode.Han, r) {
			width--
		}
	}
	return name + strings.Repeat(" ", max(0, width))
}
