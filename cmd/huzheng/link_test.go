package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Thousands of the same name and birthday, as where a date stood for an unknown one, are not compared each with each: the run says so, loses nobody else, and makes no
// giant cluster.
func TestLinkHugeBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.csv")
	var b strings.Builder
	b.WriteString("record_id,citizen_number,name,sex,birth_date,birthplace\n")
	for i := range 7000 {
		fmt.Fprintf(&b, "h%d,,王芳,2,1970-05-06,吉林省长春市南关区\n", i)
	}
	b.WriteString("a1,220102197007039468,章路伟,2,1970-07-03,吉林省长春市南关区\na2,220102197007039468,张路伟,2,1970-07-03,吉林省长春市南关区\n")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"link", path}, strings.NewReader(""), &stdout, &stderr); code != exitFindings {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	if pairs, _, _ := strings.Cut(stdout.String(), "\n\n"); strings.Count(pairs, "\n") != 1 || !strings.Contains(pairs, "a1,a2,") {
		t.Errorf("%d lines of pairs: %.2000s", strings.Count(pairs, "\n"), pairs)
	}
	if !strings.Contains(stderr.String(), "姓名、出生年：7000条相同，过多") || !strings.Contains(stderr.String(), "(h0)") {
		t.Errorf("nothing of the block in %s", stderr.String())
	}
}

// Whatever a truth file holds, it is read or refused, and every pair that is read has two records.
func FuzzTruthRows(f *testing.F) {
	f.Add([]byte("class,kind,unit,source,record_id,item,planted,right,other_record_id\npair,double_hukou,u,,a,,date+surname,same person,b\nitem,name_order,u,computer,a,name,x,y,\n"))
	f.Add([]byte("\uFEFFclass,kind,record_id\n"))
	f.Add([]byte("class,kind,record_id,planted,right,other_record_id\n\"pair\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := truthRows(text)
		for _, row := range rows {
			if err == nil && row.pairs && row.other == "" {
				t.Errorf("%q: %+v", text, row)
			}
		}
	})
}
