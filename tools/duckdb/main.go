// Command duckdb is the reference of huzheng bench linkage: it reads a table of registrations that the benchmark wrote, and has DuckDB find and compare the same pairs by
// the same rules, on columns of text or of packed integers. It prints one JSON object. It is a module of its own, so that the product depends neither on DuckDB nor on cgo.
//
//	cd tools/duckdb && go build -o huzheng-duckdb . && huzheng bench linkage --duckdb tools/duckdb/huzheng-duckdb
package main

import (
	"database/sql"
	_ "embed" // the queries are compiled in
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

//go:embed strings.sql
var stringsSQL string

//go:embed integers.sql
var integersSQL string

// measured is what the benchmark reads.
type measured struct {
	Version  string  `json:"version"`
	Pairs    int64   `json:"pairs"`
	Kept     int64   `json:"kept"`
	Seconds  float64 `json:"seconds"`
	CPU      float64 `json:"cpu_seconds"`
	MemoryMB int64   `json:"memory_mib"`
}

func main() {
	if len(os.Args) != 3 || os.Args[1] != "strings" && os.Args[1] != "integers" {
		log.Fatal("use: duckdb strings|integers TABLE.csv")
	}
	query, columns := stringsSQL, "CAST(id AS UINTEGER) AS id, * EXCLUDE (id)"
	if os.Args[1] == "integers" {
		query, columns = integersSQL, "CAST(COLUMNS('^(id|sound|birth|sex|place|mother|father|spouse|address|street)$') AS UINTEGER), CAST(COLUMNS('^(number|name|k_.*)$') AS UBIGINT)"
	}
	m, err := measure(query, columns, os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(m); err != nil {
		log.Fatal(err)
	}
}

// measure loads the table, whose time does not count, and runs the query on two threads.
func measure(query, columns, table string) (*measured, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	m := &measured{}
	if err := db.QueryRow("SELECT version()").Scan(&m.Version); err != nil {
		return nil, err
	}
	load := fmt.Sprintf("CREATE TABLE t AS SELECT %s FROM read_csv('%s', header = true, nullstr = '', all_varchar = true)", columns, strings.ReplaceAll(table, "'", "''"))
	for _, statement := range []string{"SET threads = 2", "SET memory_limit = '5GB'", "SET preserve_insertion_order = false", load} {
		if _, err := db.Exec(statement); err != nil {
			return nil, err
		}
	}
	before, started := usage(), time.Now()
	if err := db.QueryRow(pairsOf(query)).Scan(&m.Pairs, &m.Kept); err != nil {
		return nil, err
	}
	after := usage()
	m.Seconds = time.Since(started).Seconds()
	m.CPU = seconds(after.Utime) + seconds(after.Stime) - seconds(before.Utime) - seconds(before.Stime)
	m.MemoryMB = after.Maxrss >> 10
	return m, nil
}

func usage() (u syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for no known reason
	return u
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// pairsOf makes the query: a file's lines up to the first empty one are the rules, one a line; the rest compares a pair. A pair is met at the first rule that it keeps.
func pairsOf(file string) string {
	rules, compare, _ := strings.Cut(strings.TrimSpace(file), "\n\n")
	var parts, earlier []string
	for _, rule := range strings.Split(rules, "\n") {
		where := "a.id < b.id"
		for _, e := range earlier {
			where += " AND NOT coalesce(" + e + ", false)"
		}
		parts = append(parts, "SELECT "+compare+" AS score FROM t a JOIN t b ON "+rule+" WHERE "+where)
		earlier = append(earlier, rule)
	}
	return "WITH compared AS (" + strings.Join(parts, "\nUNION ALL\n") + ") SELECT count(*), count(*) FILTER (WHERE score > 0) FROM compared"
}
