package campaign

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/maker"
	"github.com/huzheng/huzheng/internal/node"
)

// factory is the maker: a folder of orders in, a folder of feedback out.
type factory struct {
	dir       string
	seed      uint64
	orders    []orderFile
	ready     []feedbackFile
	chips     map[string]chip            // by application
	defective map[string]card.DefectCode // unfit cards that nobody has seen yet
	broken    int                        // until the end of this day nothing is made
}

type orderFile struct {
	path string
	day  int
}

type feedbackFile struct {
	feedback []byte
	packages map[string][]string
}

// Times and rates of the maker.
const (
	makingDays      = 3
	rejectPerMille  = 12
	missingPerMille = 1
	defectPerMille  = 15
	packageSize     = 200
)

// deliver puts an order's file into the maker's folder.
func (f *factory) deliver(n *node.Node, digest string, day int) error {
	if err := os.MkdirAll(filepath.Join(f.dir, "in"), 0o700); err != nil {
		return err
	}
	path := filepath.Join(f.dir, "in", fmt.Sprintf("order-%03d.tar", day))
	var out bytes.Buffer
	if err := carddesk.WriteOrder(&out, n.Office.Blobs, n.Office.Key, digest); err != nil {
		return err
	}
	f.orders = append(f.orders, orderFile{path: path, day: day})
	return os.WriteFile(path, out.Bytes(), 0o600)
}

// day makes what has lain long enough.
func (f *factory) day(c *Campaign) error {
	if c.day <= f.broken {
		return nil
	}
	var left []orderFile
	for _, o := range f.orders {
		if c.day-o.day < makingDays {
			left = append(left, o)
			continue
		}
		if err := f.make(c, o); err != nil {
			return err
		}
	}
	f.orders = left
	return nil
}

func (f *factory) make(c *Campaign, o orderFile) error {
	tar, err := os.Open(o.path)
	if err != nil {
		return err
	}
	defer tar.Close()
	order, err := card.UnpackOrder(tar)
	if err != nil {
		return err
	}
	if err := f.write(order); err != nil {
		return err
	}
	result, err := maker.MakeOrder(order, maker.Options{Seed: f.seed, At: c.at(openingHour).UnixMilli(), RejectPerMille: rejectPerMille,
		MissingPerMille: missingPerMille, DefectPerMille: defectPerMille, PackageSize: packageSize})
	if err != nil {
		return err
	}
	maps.Copy(f.defective, result.Defective)
	if err := os.MkdirAll(filepath.Join(f.dir, "out"), 0o700); err != nil {
		return err
	}
	f.ready = append(f.ready, feedbackFile{feedback: result.Feedback, packages: result.Packages})
	return os.WriteFile(filepath.Join(f.dir, "out", fmt.Sprintf("feedback-%03d.jsonl", o.day)), result.Feedback, 0o600)
}

// chip is what a reader finds in a card.
type chip struct{ number, record string }

// write writes the chips of an order's cards; a card that is made again has the newer one.
func (f *factory) write(order *card.OrderFile) error {
	for _, l := range order.Lines {
		record, err := base64.StdEncoding.DecodeString(l.Record)
		if err != nil {
			return err
		}
		f.chips[l.Application] = chip{l.Number, hex.EncodeToString(record)}
	}
	return nil
}

// collect gives the feedback that has not been fetched.
func (f *factory) collect(int) []feedbackFile {
	ready := f.ready
	f.ready = nil
	return ready
}
