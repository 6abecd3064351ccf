package synth

import (
	"context"
	"io"
	"testing"
)

// BenchmarkWrite makes and writes a city of 60,000 into nothing.
func BenchmarkWrite(b *testing.B) {
	city := newCity(b, CityConfig{Residents: 60_000, Errors: 1})
	for b.Loop() {
		if _, err := city.Write(context.Background(), func(string) (io.WriteCloser, error) { return nowhere{}, nil }, WriteOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(60_000*float64(b.N)/b.Elapsed().Seconds(), "residents/s")
}
