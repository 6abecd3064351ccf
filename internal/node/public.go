package node

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/web/public"
)

// publicEnded is how long an application that has ended can still be asked about.
const publicEnded = 90 * 24 * time.Hour

// WritePublic writes the file from which the citizens' page is served: the schedule, offices, fees and waivers, and each application's stage sealed under its slip
// and code (docs/formats/public.md). No name, number or address is in it. It returns how many applications it holds.
func (n *Node) WritePublic(ctx context.Context, out io.Writer) (count int64, err error) {
	now := n.Now()
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		head, err := n.publicHead(ctx, tx, now)
		if err != nil {
			return err
		}
		w, err := public.NewWriter(out, head)
		if err != nil {
			return err
		}
		err = carddb.EachPublic(ctx, tx, n.Config.Unit, now.Add(-publicEnded).UnixMilli(), func(s carddb.PublicStatus) error {
			count++
			return w.Add(s.Slip, s.Code, public.Status{Stage: string(s.Stage), Text: s.Stage.Text(), Since: citizen.DateOf(time.UnixMilli(s.Since)),
				PromisedOn: s.PromisedOn, Unit: string(s.Unit)})
		})
		if err != nil {
			return err
		}
		return w.Close()
	})
	return count, err
}

func (n *Node) publicHead(ctx context.Context, tx *store.Tx, now time.Time) (head public.Head, err error) {
	today := citizen.DateOf(now)
	head = public.Head{At: now.UnixMilli(), On: today, City: string(n.Config.Unit)}
	units, err := sitedb.Units(ctx, tx)
	if err != nil {
		return head, err
	}
	for _, u := range units {
		if u.Code == n.Config.Unit {
			head.City = u.Name
		}
		if u.Code.Level() != event.Station || !n.Config.Unit.Contains(u.Code) {
			continue
		}
		started, err := sitedb.Started(ctx, tx, u.Code)
		if err != nil {
			return head, err
		}
		head.Offices = append(head.Offices, public.Office{Unit: string(u.Code), Name: u.Name, Started: started})
	}
	notices, err := programmedb.NoticesOn(ctx, tx, n.Config.Unit, today)
	for _, one := range notices {
		head.Notices = append(head.Notices, public.Notice{Unit: string(one.Unit), Title: one.Title, Text: one.Text, Areas: one.Areas, From: one.From, To: one.To,
			Place: one.Place, Bring: one.Bring})
	}
	for _, r := range fund.FeeTable(today) {
		if fee := (public.Fee{Text: r.Text, Fen: r.Fen, Source: r.Source}); !slices.Contains(head.Fees, fee) { // two kinds of application may cost the same by one article
			head.Fees = append(head.Fees, fee)
		}
	}
	for _, s := range fund.WaiverTable(today) {
		head.Waivers = append(head.Waivers, public.Waiver{Text: s.Text, Percent: s.Percent, Source: s.Source})
	}
	return head, err
}
