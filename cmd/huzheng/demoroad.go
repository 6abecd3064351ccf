package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/huzheng/huzheng/internal/campaign/road"
	"github.com/huzheng/huzheng/internal/pgserver"
)

const (
	roadResidents    = 240
	minRoadResidents = 60 // in which every part of the road has somebody to play it
)

// road plays the short road in separate processes.
func (c *demoCommand) road(env *environment) (err error) {
	if c.Residents == 0 {
		c.Residents = roadResidents
	}
	if c.Residents < minRoadResidents {
		return useError{fmt.Errorf("--residents: at least %d", minRoadResidents)}
	}
	executable, err := self()
	if err != nil {
		return err
	}
	dir, remove, err := newFolder(c.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	started := time.Now()
	demo := &road.Demo{Executable: executable, Dir: dir, Residents: c.Residents, Seed: c.Seed,
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
	if err := env.print(c.JSON, summary, func(w io.Writer) { showRoad(w, summary, c.Dir) }); err != nil {
		return err
	}
	if !summary.Sound() {
		return errFindings
	}
	if !c.NoServe {
		return demo.Serve(env.ctx, func() {
			fmt.Fprintf(env.stderr, "节点在运行，Ctrl-C 结束 / the nodes are running in %s; Ctrl-C ends\n", dir)
		})
	}
	return nil
}
func showRoad(w io.Writer, s *road.Summary, dir string) {
	line := func(zh, en string, value any) { fmt.Fprintf(w, "  %-14s %-28s %v\n", zh, en, value) }
	fmt.Fprintln(w, "演示城市 the demonstration city")
	line("在册人口", "residents", s.Residents)
	line("待改旧行", "old rows put aside", s.QuarantinedRows)
	line("出生/迁移/死亡", "births, moves, deaths", fmt.Sprintf("%d, %d, %d", s.Births, s.Moves, s.Deaths))
	line("受理", "applications accepted", s.Accepted)
	line("退回", "returned and gone again", s.Returned)
	line("制成/已领", "cards made, handed over", fmt.Sprintf("%d, %d", s.Made, s.HandedOver))
	line("收费/上缴（元）", "fees, remitted (yuan)", fmt.Sprintf("%.2f, %.2f", float64(s.FeesFen)/100, float64(s.RemittedFen)/100))
	line("减免", "waived", s.Waived)
	line("数据包", "parcels by network, disk", fmt.Sprintf("%d, %d", s.ParcelsNetwork, s.ParcelsDisk))
	line("断电", "processes killed", s.Kills)
	line("守恒差错", "conservation errors", s.ConservationErrors)
	line("日志差错", "journal errors", s.JournalErrors)
	line("重放差异", "rebuild differences", s.RebuildDifferences)
	line("分片差异", "slice differences", s.SliceDifferences)
	line("埋设差错", "planted faults found", fmt.Sprintf("%d / %d", s.PlantedFound, s.PlantedFaults))
	line("用时（秒）", "seconds", fmt.Sprintf("%.1f", s.Seconds))
	if dir != "" {
		fmt.Fprintf(w, "节点目录 the nodes lie in %s; 试试 try: huzheng audit -c %s/city/huzheng.toml\n", dir, dir)
	}
}
