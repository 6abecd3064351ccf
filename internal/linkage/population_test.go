package linkage

import (
	"reflect"
	"strconv"
	"testing"
)

// Identifiers are counted in blocks of records: those at the edges are whole.
func TestIDs(t *testing.T) {
	p := NewPopulation(0)
	texts := make([]Text, 2*idBlock+3)
	for i := range texts {
		texts[i].ID = "r" + strconv.Itoa(i)
	}
	texts[idBlock].ID = ""
	p.AddAll(texts, 2)
	for _, i := range []int{0, 1, idBlock - 1, idBlock, idBlock + 1, 2*idBlock - 1, 2 * idBlock, len(texts) - 1} {
		if got := p.ID(int32(i)); got != texts[i].ID {
			t.Errorf("record %d is called %s", i, got)
		}
	}
}

// Packed by many at once or one by one, a population is the same.
func TestAddAll(t *testing.T) {
	texts := people(12, 500)
	texts[3].Name, texts[4].FormerName, texts[5].Name = "欧阳小红", "王建军", "阿不都拉·买买提江"
	one := NewPopulation(0)
	for i := range texts {
		if n := one.Add(&texts[i]); int(n) != i {
			t.Fatalf("record %d has number %d", i, n)
		}
	}
	many := NewPopulation(len(texts))
	many.AddAll(texts[:200], 3)
	many.AddAll(texts[200:], 8)
	if !reflect.DeepEqual(one.records, many.records) || !reflect.DeepEqual(one.long, many.long) ||
		!reflect.DeepEqual(one.former, many.former) || one.source() != many.source() || len(one.long.records) != 2 {
		t.Fatal("not the same")
	}
	numbers := many.Numbers()
	for i := range texts {
		if many.ID(int32(i)) != texts[i].ID || numbers[texts[i].ID] != int32(i) {
			t.Fatalf("%s is called %s", texts[i].ID, many.ID(int32(i)))
		}
	}
	many.Add(&texts[0])
	if n := many.Numbers()[texts[0].ID]; n != 0 {
		t.Errorf("an identifier that stands twice is record %d", n)
	}
}
