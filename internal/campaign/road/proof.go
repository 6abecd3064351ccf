package road

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/huzheng/huzheng/internal/audit"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
)

// prove exchanges until everyone has everything, then checks every node by the commands that an office has, and compares with what the play has
// seen.
func (d *Demo) prove(ctx context.Context, summary *Summary) error {
	if err := d.exchange(ctx); err != nil {
		return err
	}
	if err := d.proveNodes(ctx, summary); err != nil {
		return err
	}
	for _, s := range []*site{d.networks, d.disks} {
		n, err := d.sliceDifferences(ctx, s)
		if err != nil {
			return err
		}
		summary.SliceDifferences += n
	}
	if err := d.countParcels(ctx, summary); err != nil {
		return err
	}
	var report audit.Report
	if err := d.query(ctx, &report, "audit", "-c", d.city.config(), "--json"); err != nil {
		return err
	}
	return d.summarise(&report, summary)
}

// proveNodes verifies the journal of every node and replays it, the nodes side by side.
func (d *Demo) proveNodes(ctx context.Context, summary *Summary) error {
	verified, rebuilt := make([]journal.Report, len(d.sites())), make([]office.Rebuild, len(d.sites()))
	var works []func(context.Context) error
	for i, s := range d.sites() {
		works = append(works, func(ctx context.Context) error {
			if err := d.query(ctx, &verified[i], "journal", "verify", "-c", s.config(), "--json"); err != nil {
				return err
			}
			return d.query(ctx, &rebuilt[i], "rebuild", "--check", "-c", s.config(), "--json")
		})
	}
	if err := d.both(ctx, works...); err != nil {
		return err
	}
	for i := range verified {
		summary.JournalErrors += len(verified[i].Findings)
		summary.RebuildDifferences += len(rebuilt[i].Differences)
	}
	return nil
}

// sliceDifferences compares a station's own tables with the city's slice of them.
func (d *Demo) sliceDifferences(ctx context.Context, s *site) (int, error) {
	own, err := d.digests(ctx, s, s.unit)
	if err != nil {
		return 0, err
	}
	above, err := d.digests(ctx, d.city, s.unit)
	if err != nil {
		return 0, err
	}
	if len(own) == 0 {
		return 0, fmt.Errorf("%s has no tables with slices", s.unit)
	}
	different := 0
	for table, digest := range own {
		if above[table] != digest {
			different++
		}
	}
	return different, nil
}

// countParcels adds up what each road has brought to all nodes.
func (d *Demo) countParcels(ctx context.Context, summary *Summary) error {
	for _, s := range d.sites() {
		out, err := d.command(ctx, nil, "node", "traffic", "-c", s.config(), "--json")
		if err != nil {
			return err
		}
		for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
			var t exchange.Traffic
			if err := decoder.Decode(&t); err != nil {
				return err
			}
			if t.Road == exchange.Disk {
				summary.ParcelsDisk += int(t.Parcels)
			} else {
				summary.ParcelsNetwork += int(t.Parcels)
			}
		}
	}
	return nil
}

func (d *Demo) digests(ctx context.Context, s *site, unit event.Unit) (map[string]string, error) {
	out, err := d.command(ctx, nil, "digest", "-c", s.config(), "--unit", string(unit), "--json")
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var line struct {
			Table  string `json:"table"`
			Digest string `json:"sha256"`
			Rows   int64  `json:"rows"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		all[line.Table] = fmt.Sprintf("%d %s", line.Rows, line.Digest)
	}
	return all, nil
}

// summarise takes the figures from the journal and compares them with the play's own counts.
func (d *Demo) summarise(r *audit.Report, s *Summary) error {
	s.Residents = r.Residents.Present
	s.Accepted, s.Made, s.HandedOver, s.Returned = r.Cards.Accepted, r.Cards.Made, r.Cards.HandedOver, r.Cards.Returned
	s.FeesFen, s.RemittedFen, s.Waived = r.Money.CollectedFen, r.Money.RemittedFen, r.Money.Waived
	s.ConservationErrors = len(r.Errors)
	imported := len(d.people[networkUnit]) + len(d.people[diskUnit])
	for _, check := range []struct {
		what      string
		got, want int64
	}{
		{"imported residents", int64(r.Residents.Imported), int64(imported)},
		{"residents present", int64(s.Residents), int64(imported + s.Births - s.Deaths)},
		{"applications", int64(s.Accepted), int64(len(d.counts.apps))},
		{"returns", int64(s.Returned), int64(d.counts.returned)},
		{"cards made", int64(s.Made), int64(len(d.living()))},
		{"cards handed over", int64(s.HandedOver), int64(d.counts.handed)},
		{"fees", s.FeesFen, d.dueFen(networkUnit) + d.dueFen(diskUnit)},
		{"fees remitted", s.RemittedFen, s.FeesFen},
		{"waivers", int64(s.Waived), int64(d.counts.waived)},
		{"arrivals", int64(r.Residents.Moves), int64(s.Moves)},
	} {
		if check.got != check.want {
			return fmt.Errorf("%s: the journal says %d, the play %d; %v", check.what, check.got, check.want, r.Errors)
		}
	}
	return nil
}
