package road

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
	"golang.org/x/sync/errgroup"
)

// freeAddress finds a port on loopback that nobody listens on now.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// badRows is how many unreadable rows each old database has.
const badRows = 1

// oldDatabases writes what the two stations worked with before: a DBF in GBK, and a CSV in UTF-8 with Chinese headings.
func (d *Demo) oldDatabases() (map[event.Unit]string, error) {
	files := map[event.Unit]string{networkUnit: filepath.Join(d.Dir, "nanguan1.dbf"), diskUnit: filepath.Join(d.Dir, "nanguan2.csv")}
	for i, unit := range []event.Unit{networkUnit, diskUnit} {
		d.people[unit] = synth.Station(synth.Config{Seed: d.Seed + uint64(i), Residents: d.Residents / 2, Division: "220102",
			Station: string(unit[6:]), Sequence: 941 + 20*i, On: d.today().AddDays(-1)})
		kind, encoding := personfile.DBF, personfile.GB18030
		if unit == diskUnit {
			kind, encoding = personfile.CSV, personfile.UTF8
		}
		if err := writeOld(files[unit], kind, encoding, d.people[unit]); err != nil {
			return nil, err
		}
	}
	return files, nil
}

var oldColumns = []personfile.Column{personfile.RecordID, personfile.CitizenNumber, personfile.Name, personfile.Sex, personfile.EthnicGroup,
	personfile.BirthDate, personfile.Address, personfile.HouseholdNo, personfile.Relation, personfile.MaritalStatus,
	personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber}

func writeOld(path string, kind personfile.Kind, encoding personfile.Encoding, people []synth.Person) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	w, err := personfile.NewWriter(file, kind, encoding, oldColumns, nil)
	if err != nil {
		return err
	}
	for i := range people {
		if err := w.Write(oldRecord(&people[i])); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return spoil(path, kind)
}

func oldRecord(p *synth.Person) personfile.Record {
	var r personfile.Record
	for column, value := range map[personfile.Column]string{
		personfile.RecordID: p.RecordID, personfile.CitizenNumber: p.Number, personfile.Name: p.Name, personfile.Sex: string(p.Sex),
		personfile.EthnicGroup: p.EthnicGroup, personfile.BirthDate: p.Birth.String(), personfile.Address: p.Address,
		personfile.HouseholdNo: p.HouseholdNo, personfile.Relation: p.Relation, personfile.MaritalStatus: p.Marital,
		personfile.FatherNumber: p.Father, personfile.MotherNumber: p.Mother, personfile.SpouseNumber: p.Spouse,
	} {
		r.Value[column] = value
	}
	return r
}

// spoil adds one row that cannot be read, as every old database has: in the CSV a date that does not exist; the DBF gets it
// by a copy of its last record with a month of 13.
func spoil(path string, kind personfile.Kind) error {
	if kind == personfile.CSV {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = fmt.Fprint(file, "220102002999999,220102197001019999，坏行，1,01,1970-13-01,,002999999,02,10,,,\n")
		return err
	}
	return spoilDBF(path)
}

// spoilDBF appends a copy of the last record whose birth date is no date, and raises the count in the header.
func spoilDBF(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	header, size := int(content[8])|int(content[9])<<8, int(content[10])|int(content[11])<<8
	count := int(content[4]) | int(content[5])<<8
	last := append([]byte(nil), content[header+(count-1)*size:header+count*size]...)
	offset := 1
	for field := 32; content[field] != 0x0d; field += 32 {
		length := int(content[field+16])
		if content[field+11] == 'D' || string(content[field:field+5]) == "BIRTH" {
			copy(last[offset:offset+length], "19701301")
		}
		offset += length
	}
	count++
	content[4], content[5] = byte(count), byte(count>>8)
	content = append(append(content[:header+(count-1)*size], last...), 0x1a)
	return os.WriteFile(path, content, 0o600)
}

// join makes the county's node, which takes over its own and the stations' streams from the city, and then the stations' nodes, which take
// over theirs from the county: one by the line, one by disk.
func (d *Demo) join(ctx context.Context, _ *Summary) error {
	if err := d.serveCity(ctx); err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	d.county, d.networks, d.disks = d.newSite(countyUnit, "county"), d.newSite(networkUnit, "station1"), d.newSite(diskUnit, "station2")
	if err := d.admit(ctx, d.county, d.city, "admin", []string{"--parent", "network", "--listen", address}, string(networkUnit), string(diskUnit)); err != nil {
		return err
	}
	if err := d.sync(ctx, d.county); err != nil {
		return err
	}
	if err := d.passwords(ctx, d.county, countyUnit); err != nil {
		return err
	}
	if err := d.serve(ctx, d.county); err != nil {
		return err
	}
	if err := d.admit(ctx, d.networks, d.county, login("admin", countyUnit), []string{"--parent", "network"}); err != nil {
		return err
	}
	if err := d.admit(ctx, d.disks, d.county, login("admin", countyUnit), []string{"--parent", "disk"}); err != nil {
		return err
	}
	if err := d.sync(ctx, d.networks); err != nil {
		return err
	}
	for _, end := range []struct {
		road string
		at   *site
	}{{"write", d.disks}, {"read", d.county}, {"write", d.county}, {"read", d.disks}} {
		if err := d.disk(ctx, end.road, end.at); err != nil {
			return err
		}
	}
	if err := d.passwords(ctx, d.networks, networkUnit); err != nil {
		return err
	}
	if err := d.passwords(ctx, d.disks, diskUnit); err != nil {
		return err
	}
	return d.serve(ctx, d.networks)
}

func (d *Demo) serveCity(ctx context.Context) error {
	if err := d.serve(ctx, d.city); err != nil || d.Postgres == "" {
		return err
	}
	return d.serveAgain(ctx)
}

// serveAgain starts the city's second process, on an address of its own; both serve the same database, as behind a balancer.
func (d *Demo) serveAgain(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	return d.serve(ctx, d.city, "--listen", address)
}

// admit makes a node, lets its parent admit it, and lets it join.
func (d *Demo) admit(ctx context.Context, child, parent *site, administrator string, options []string, units ...string) error {
	args := append([]string{"node", "init", child.dir, "--unit", string(child.unit), "--clock", filepath.Join(d.Dir, "clock")}, options...)
	if _, err := d.command(ctx, nil, args...); err != nil {
		return err
	}
	admission := filepath.Join(child.dir, "admission.note")
	args = []string{"node", "admit", filepath.Join(child.dir, "request.note"), "-c", parent.config(), "--out", admission, "--as", administrator}
	for _, unit := range units {
		args = append(args, "--units", unit)
	}
	if _, err := d.command(ctx, nil, args...); err != nil {
		return err
	}
	_, err := d.command(ctx, nil, "node", "join", admission, "-c", child.config())
	return err
}

// sync exchanges over the network until nothing more is due.
func (d *Demo) sync(ctx context.Context, s *site) error {
	_, err := d.command(ctx, nil, "node", "sync", "-c", s.config())
	return err
}

// disk does one end of the disk road: write or read.
func (d *Demo) disk(ctx context.Context, road string, at *site) error {
	out, err := d.command(ctx, nil, "disk", road, filepath.Join(d.Dir, "disk"), "-c", at.config(), "--json")
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// exchange brings everything to everyone: up from both stations, by the line and by disk at the same time, to the city, and down again.
func (d *Demo) exchange(ctx context.Context) error {
	if err := d.both(ctx, func(ctx context.Context) error { return d.sync(ctx, d.networks) }, func(ctx context.Context) error {
		if err := d.disk(ctx, "write", d.disks); err != nil {
			return err
		}
		return d.disk(ctx, "read", d.county)
	}); err != nil {
		return err
	}
	if err := d.sync(ctx, d.county); err != nil {
		return err
	}
	return d.both(ctx, func(ctx context.Context) error { return d.sync(ctx, d.networks) }, func(ctx context.Context) error {
		if err := d.disk(ctx, "write", d.county); err != nil {
			return err
		}
		return d.disk(ctx, "read", d.disks)
	})
}

// both does two things at once, as two offices do.
func (d *Demo) both(ctx context.Context, works ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, work := range works {
		group.Go(func() error { return work(ctx) })
	}
	return group.Wait()
}

// powerCut kills every serving node without warning and starts them again.
func (d *Demo) powerCut(ctx context.Context, summary *Summary) error {
	cut := make(chan error, 1)
	go func() { cut <- d.sync(ctx, d.networks) }() // an exchange is under way
	time.Sleep(150 * time.Millisecond)
	for _, s := range []*site{d.city, d.county, d.networks} {
		summary.Kills += len(s.serving)
		s.kill()
	}
	<-cut // it may have failed, and is repeated below
	if err := d.serveCity(ctx); err != nil {
		return err
	}
	for _, s := range []*site{d.county, d.networks} {
		if err := d.serve(ctx, s); err != nil {
			return err
		}
	}
	return d.exchange(ctx)
}
