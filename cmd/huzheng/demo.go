package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/campaign"
	"github.com/huzheng/huzheng/internal/pgserver"
)

type demoCommand struct {
	Residents int    `help:"Residents of the two stations together." default:"240"`
	Seed      uint64 `help:"The same seed plays the same city." default:"1"`
	Dir       string `help:"Keep the nodes in this new folder; default: a temporary one." placeholder:"DIR"`
	Postgres  bool   `help:"The city on PostgreSQL with two serve processes, on a server started for the demonstration."`
	NoServe   bool   `help:"End when everything is proved; otherwise the nodes stay until Ctrl-C."`
	JSON      bool   `help:"Print one JSON document."`
}

// minResidents is the smallest city in which every part of the road has somebody to play it.
const minResidents = 60

// Run plays the demonstration; anything that does not come out ends with 1.
func (c *demoCommand) Run(env *environment) error {
	if c.Residents < minResidents {
		return useError{fmt.Errorf("--residents: at least %d", minResidents)}
	}
	executable, err := self()
	if err != nil {
		return err
	}
	dir, remove, err := c.folder()
	if err != nil {
		return err
	}
	defer remove()
	started := time.Now()
	demo := &campaign.Demo{Executable: executable, Dir: dir, Residents: c.Residents, Seed: c.Seed,
		Progress: func(zh, en string) {
			fmt.Fprintf(env.stderr, "%5.1f s  %s / %s\n", time.Since(started).Seconds(), zh, en)
		}}
	if c.Postgres {
		server, err := pgserver.Start(true)
		if err != nil {
			return fmt.Errorf("PostgreSQL: %w", err)
		}
		defer server.Stop()
		if demo.Postgres, err = server.NewDatabase(); err != nil {
			return err
		}
	}
	summary, err := demo.Run(env.ctx)
	if err != nil {
		return err
	}
	if err := env.print(c.JSON, summary, func(w io.Writer) { showSummary(w, summary, c.Dir) }); err != nil {
		return err
	}
	if !summary.Sound() {
		return errFindings
	}
	if !c.NoServe {
		return demo.Serve(env.ctx, func() {
			fmt.Fprintf(env.stderr, "节点在运行,Ctrl-C 结束 / the nodes are running in %s; Ctrl-C ends\n", dir)
		})
	}
	return nil
}

// self is the path under which this program was called, so that it can start itself under the same name.
func self() (string, error) {
	path, err := exec.LookPath(os.Args[0])
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

func (c *demoCommand) folder() (dir string, remove func(), err error) {
	if c.Dir == "" {
		dir, err = os.MkdirTemp("", "huzheng-demo-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(c.Dir); err != nil {
		return "", nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, useError{errors.Join(errors.New("--dir must be a new folder"), err)}
	}
	return dir, func() {}, nil
}

func showSummary(w io.Writer, s *campaign.Summary, dir string) {
	line := func(zh, en string, value any) { fmt.Fprintf(w, "  %-14s %-28s %v\n", zh, en, value) }
	fmt.Fprintln(w, "演示城市 the demonstration city")
	line("在册人口", "residents", s.Residents)
	line("待改旧行", "old rows put aside", s.QuarantinedRows)
	line("出生/迁移/死亡", "births, moves, deaths", fmt.Sprintf("%d, %d, %d", s.Births, s.Moves, s.Deaths))
	line("受理", "applications accepted", s.Accepted)
	line("退回", "returned and gone again", s.Returned)
	line("制成/已领", "cards made, handed over", fmt.Sprintf("%d, %d", s.Made, s.HandedOver))
	line("收费/上缴(元)", "fees, remitted (yuan)", fmt.Sprintf("%.2f, %.2f", float64(s.FeesFen)/100, float64(s.RemittedFen)/100))
	line("减免", "waived", s.Waived)
	line("数据包", "parcels by network, disk", fmt.Sprintf("%d, %d", s.ParcelsNetwork, s.ParcelsDisk))
	line("断电", "processes killed", s.Kills)
	line("守恒差错", "conservation errors", s.ConservationErrors)
	line("日志差错", "journal errors", s.JournalErrors)
	line("重放差异", "rebuild differences", s.RebuildDifferences)
	line("分片差异", "slice differences", s.SliceDifferences)
	line("埋设差错", "planted faults found", fmt.Sprintf("%d / %d", s.PlantedFound, s.PlantedFaults))
	line("用时(秒)", "seconds", fmt.Sprintf("%.1f", s.Seconds))
	if dir != "" {
		fmt.Fprintf(w, "节点目录 the nodes lie in %s; 试试 try: huzheng audit -c %s/city/huzheng.toml\n", dir, dir)
	}
}
