package campaign

import (
	"context"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/audit"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/store"
)

// findings are what the checks of one node gave.
type findings struct {
	journal, rebuild int
	first            string // the first of them, for whoever looks for the cause
	traffic          []exchange.Traffic
}

// prove checks every node by the means that an office has, compares each unit's slices at its own node and above, and the journals' sums with what the
// play has seen.
func (c *Campaign) prove(ctx context.Context, s *Summary) error {
	if err := c.measure(ctx, s); err != nil {
		return err
	}
	all := make([]findings, len(c.places))
	err := c.each(ctx, func(ctx context.Context, p *place) error {
		f, err := check(ctx, p)
		all[c.index(p)] = f
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range all {
		s.JournalErrors += f.journal
		s.RebuildDifferences += f.rebuild
		for _, t := range f.traffic {
			if t.Road == exchange.Disk {
				s.ParcelsDisk += int(t.Parcels)
			} else {
				s.ParcelsNetwork += int(t.Parcels)
			}
		}
		s.note(f.first)
	}
	if err := c.compareSlices(ctx, s); err != nil {
		return err
	}
	report, err := auditOf(ctx, c.places[0].node)
	if err != nil {
		return err
	}
	return c.summarise(report, s)
}

func (c *Campaign) index(p *place) int {
	for i, q := range c.places {
		if p == q {
			return i
		}
	}
	return -1
}

// check verifies a node's journal and replays it.
func check(ctx context.Context, p *place) (f findings, err error) {
	report, err := p.node.Verify(ctx)
	if err != nil {
		return f, err
	}
	if f.journal = len(report.Findings); f.journal > 0 {
		f.first = fmt.Sprint(p.name, ": ", report.Findings[0])
	}
	rebuilt, err := p.node.Office.CheckRebuild(ctx, nil)
	if err != nil {
		return f, err
	}
	if f.rebuild = len(rebuilt.Differences); f.rebuild > 0 {
		f.first = fmt.Sprint(p.name, ": ", rebuilt.Differences[0])
	}
	f.traffic, err = p.node.Exchange.Traffic(ctx)
	return f, err
}

// compareSlices compares what each node knows of its own units with what its parent knows of them.
func (c *Campaign) compareSlices(ctx context.Context, s *Summary) error {
	for _, p := range c.places[1:] {
		for _, u := range p.units {
			own, err := digests(ctx, p.node, u.code)
			if err != nil {
				return err
			}
			for up := p.parent; up != nil; up = up.parent {
				above, err := digests(ctx, up.node, u.code)
				if err != nil {
					return err
				}
				for table, digest := range own {
					if above[table] != digest {
						s.SliceDifferences++
						s.note(fmt.Sprintf("%s of %s at %s and %s: %s, %s", table, u.code, p.name, up.name, digest, above[table]))
					}
				}
			}
		}
	}
	return nil
}

// digests gives the digest of a unit's rows in each table.
func digests(ctx context.Context, n *node.Node, unit event.Unit) (map[string]string, error) {
	all := make(map[string]string)
	err := n.DB.Read(ctx, func(tx *store.Tx) error {
		for _, room := range n.Office.Rooms() {
			for _, table := range room.Tables() {
				if table.Unit == "" {
					continue
				}
				digest, rows, err := tx.Digest(ctx, table, string(unit))
				if err != nil {
					return err
				}
				all[table.Name] = fmt.Sprintf("%d %s", rows, digest)
			}
		}
		return nil
	})
	if err == nil && len(all) == 0 {
		err = errors.New("no tables with slices")
	}
	return all, err
}

func auditOf(ctx context.Context, n *node.Node) (report *audit.Report, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		report, err = audit.Run(ctx, tx, n.Office.Blobs)
		return err
	})
	return report, err
}

// summarise takes the figures from the journals and compares them with the play's own.
func (c *Campaign) summarise(r *audit.Report, s *Summary) error {
	n := c.counts.get
	s.Residents = r.Residents.Present
	s.Accepted, s.Made, s.HandedOver, s.Returned = r.Cards.Accepted, r.Cards.Made, r.Cards.HandedOver, r.Cards.Returned
	s.FeesFen, s.RemittedFen, s.Waived = r.Money.CollectedFen, r.Money.RemittedFen, r.Money.Waived
	s.Births, s.Deaths, s.Moves, s.QuarantinedRows = n(births), n(deaths), n(moves), n(quarantined)
	s.Rejected, s.Entries, s.Days = r.Cards.Rejected, r.Entries, c.day
	s.LinesDown, s.DisksLost, s.Restored, s.PowerCuts = n(lineDown), n(diskLost), n(restored), n(powerFailed)
	s.ChildrenRegistered, s.ChildrensCards, s.TemporaryCards, s.LostReplaced = n(childrenRegistered), n(childCards), n(temporaries), n(replaced)
	s.HeldRare, s.Defects, s.PhotosRetaken, s.AppointmentsKept, s.AppointmentsMissed = n(held), n(defects), n(retaken), n(kept), n(missed)
	s.Reminders, s.SentUp, s.OldDestroyed, s.AddressesAppended = n(reminded), n(sentUp), n(oldDestroyed), n(appended)
	s.StartedReady, s.StartedByOverride, s.Orders, s.LateExplained = n(startedReady), n(overridden), n(orders), n(explained)
	s.ConservationErrors = len(r.Errors)
	for _, e := range r.Errors {
		s.note(e.String())
	}
	for _, sum := range []struct {
		what      string
		got, want int64
	}{
		{"imported residents", int64(r.Residents.Imported), int64(n(imported))},
		{"applications", int64(s.Accepted), int64(n(accepted))},
		{"returns", int64(s.Returned), int64(n(returned))},
		{"cards rejected", int64(s.Rejected), int64(n(rejected))},
		{"cards made", int64(s.Made), int64(n(made))},
		{"cards handed over", int64(s.HandedOver), int64(n(handedOver))},
		{"fees", s.FeesFen, int64(n(feesFen))},
		{"fees remitted", s.RemittedFen, int64(n(remittedFen))},
		{"waivers", int64(s.Waived), int64(n(waived))},
		{"arrivals", int64(r.Residents.Moves), int64(s.Moves)},
	} {
		if sum.got != sum.want {
			s.ConservationErrors++
			s.note(fmt.Sprintf("%s: the journal says %d, the play %d", sum.what, sum.got, sum.want))
		}
	}
	return nil
}

// maxNotes bounds what is told of differences.
const maxNotes = 20

func (s *Summary) note(text string) {
	if text != "" && len(s.Notes) < maxNotes {
		s.Notes = append(s.Notes, text)
	}
}
