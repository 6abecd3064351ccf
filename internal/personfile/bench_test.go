package personfile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"testing"
	"time"
)

// benchRecords are synthetic persons; the sequence codes 941-971 are given to nobody.
func benchRecords(n int) []Record {
	surnames := []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄"}
	streets := []string{"南关区永春街道", "朝阳区红旗街", "宽城区站前街", "二道区东盛街"}
	records := make([]Record, n)
	for i := range records {
		v := &records[i].Value
		v[RecordID] = fmt.Sprintf("R%08d", i)
		v[CitizenNumber] = fmt.Sprintf("220102%04d%02d%02d%03d%d", 1930+i%70, 1+i%12, 1+i%28, 941+i%31, i%10)
		v[Name] = surnames[i%8] + "明"
		v[Sex], v[EthnicGroup] = fmt.Sprint(1+i%2), fmt.Sprintf("%02d", 1+i%11)
		v[BirthDate] = fmt.Sprintf("%04d-%02d-%02d", 1930+i%70, 1+i%12, 1+i%28)
		v[Birthplace], v[NativePlace] = "吉林省长春市", "吉林省榆树市"
		v[Address] = fmt.Sprintf("长春市%s%d号%d室", streets[i%4], i%999, i%77)
		v[Unit], v[HouseholdNo] = "永春派出所", fmt.Sprintf("22010201%07d", i/3)
		v[Relation], v[MaritalStatus], v[Education] = "02", "20", "70"
		v[Occupation], v[Workplace] = "工人", "长春市第一机床厂"
		v[CardIssued], v[CardExpires] = "2005-09-01", LongTerm
	}
	return records
}

func benchFile(b *testing.B, kind Kind, enc Encoding, rows int) []byte {
	b.Helper()
	var out bytes.Buffer
	if err := writeAll(&out, kind, enc, benchRecords(rows)); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func writeAll(out io.Writer, kind Kind, enc Encoding, records []Record) error {
	w, err := NewWriter(out, kind, enc, nil, nil)
	if err != nil {
		return err
	}
	for _, r := range records {
		if err := w.Write(r); err != nil {
			return err
		}
	}
	return w.Close()
}

// bareCSV is the reference: encoding/csv over the same persons in UTF-8, nothing
// checked or converted. It returns the time for one row.
func bareCSV(b *testing.B, rows int) time.Duration {
	b.Helper()
	data := benchFile(b, CSV, UTF8, rows)
	best := time.Duration(1 << 62)
	for range 3 {
		start := time.Now()
		r := csv.NewReader(bytes.NewReader(data))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		best = min(best, time.Since(start))
	}
	return best / time.Duration(rows)
}

func report(b *testing.B, rows int, size int, reference time.Duration) {
	perRow := b.Elapsed() / time.Duration(b.N*rows)
	b.SetBytes(int64(size))
	b.ReportMetric(float64(time.Second/max(perRow, 1)), "rows/s")
	b.ReportMetric(float64(perRow)/float64(reference), "x-bare-csv")
}

var benchKinds = []struct {
	name string
	kind Kind
	enc  Encoding
	rows int
}{
	{"UTF8", CSV, UTF8, 50000},
	{"GB18030", CSV, GB18030, 50000},
	{"DBF", DBF, GB18030, 50000},
	{"XLSX", XLSX, "", 10000},
}

func BenchmarkReadCSV(b *testing.B) {
	for _, k := range benchKinds {
		b.Run(k.name, func(b *testing.B) {
			data := benchFile(b, k.kind, k.enc, k.rows)
			reference := bareCSV(b, k.rows)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				benchRead(b, data, k.rows)
			}
			report(b, k.rows, len(data), reference)
		})
	}
}

func benchRead(b *testing.B, data []byte, rows int) {
	b.Helper()
	r, err := openBytes("a", data, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	n := 0
	for {
		if _, err := r.Next(); err == io.EOF {
			break
		} else if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != rows {
		b.Fatalf("%d rows of %d", n, rows)
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, k := range benchKinds {
		b.Run(k.name, func(b *testing.B) {
			records := benchRecords(k.rows)
			reference := bareCSV(b, k.rows)
			size := 0
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				var out bytes.Buffer
				if err := writeAll(&out, k.kind, k.enc, records); err != nil {
					b.Fatal(err)
				}
				size = out.Len()
			}
			report(b, k.rows, size, reference)
		})
	}
}
