package exchange

import (
	"html/template"
	"io"
	"time"

	"github.com/huzheng/huzheng/internal/event"
)

// sheet is the printable hand-over sheet of a disk: what lies on it, for whom, and who gave and took it.
var sheet = template.Must(template.New("sheet").Funcs(template.FuncMap{
	"size": sizeText,
	"time": func(ms int64) string {
		if ms == 0 {
			return ""
		}
		return time.UnixMilli(ms).In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04")
	},
	"contents": func(p DiskParcel) string { return p.contents() },
}).Parse(`<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>移动硬盘交接单 Hand-over sheet</title>
<style>
body { font-family: "Noto Serif CJK SC", "SimSun", serif; margin: 12mm; font-size: 10.5pt; }
h1 { font-size: 16pt; } h2 { font-size: 12pt; margin-top: 8mm; }
table { border-collapse: collapse; width: 100%; } td, th { border: 1px solid #000; padding: 1mm 2mm; text-align: left; }
td.n { text-align: right; white-space: nowrap; } code { font-size: 8pt; word-break: break-all; }
.sign td { height: 12mm; width: 25%; } tr { page-break-inside: avoid; }
@page { size: A4; margin: 12mm; }
</style>
</head>
<body>
<h1>移动硬盘交接单 <small>Hand-over sheet</small></h1>
<p>制单单位 unit: {{.Unit}} &nbsp; 节点 node: {{.Node}} &nbsp; 制单时间 time: {{time .At}}</p>
<p>盘内数据已加密,只有接收节点能打开;遗失不泄密,由发送单位重新写出即可。原件在获得回执前不删除。<br>
What lies here is encrypted to the receiver. A lost disk gives nothing away; the sender writes it again. Originals are kept until receipted.</p>
{{range .Groups}}
<h2>{{.Sender}} → {{.Receiver}}</h2>
<p>共 {{len .Parcels}} 包 parcels, {{size .Bytes}}</p>
<table>
<tr><th>序号<br>no.</th><th>内容<br>contents</th><th>大小<br>size</th><th>封装时间<br>sealed</th><th>文件 SHA-256<br>file and digest</th></tr>
{{range $i, $p := .Parcels}}<tr><td class="n">{{$i}}</td><td>{{contents $p}}</td><td class="n">{{size $p.Bytes}}</td><td>{{time $p.SealedAt}}</td><td><code>{{$p.ID}}<br>{{$p.Digest}}</code></td></tr>
{{end}}</table>
<table class="sign">
<tr><td>交出人 given by</td><td></td><td>日期 date</td><td></td></tr>
<tr><td>运送人 carried by</td><td></td><td>日期 date</td><td></td></tr>
<tr><td>接收人 taken by</td><td></td><td>日期 date</td><td></td></tr>
</table>
{{else}}<p>盘内没有数据包 no parcels</p>{{end}}
</body>
</html>
`))

type sheetGroup struct {
	Sender, Receiver string
	Parcels          []DiskParcel
}

// Bytes is the size of all parcels of the group.
func (g sheetGroup) Bytes() int64 { return totalBytes(g.Parcels) }

func writeSheet(w io.Writer, n *Node, parcels []DiskParcel) error {
	var groups []sheetGroup
	for _, p := range parcels {
		last := len(groups) - 1
		if last < 0 || groups[last].Sender != p.Sender || groups[last].Receiver != p.Receiver {
			groups = append(groups, sheetGroup{Sender: p.Sender, Receiver: p.Receiver})
			last++
		}
		groups[last].Parcels = append(groups[last].Parcels, p)
	}
	return sheet.Execute(w, struct {
		Unit   event.Unit
		Node   string
		At     int64
		Groups []sheetGroup
	}{n.Unit, n.name(), n.now(), groups})
}
