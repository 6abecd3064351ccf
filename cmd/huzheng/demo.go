package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/campaign"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/node"
)

type demoCommand struct {
	Residents int    `help:"Residents of the city; default: 20000, with --road 240." placeholder:"N"`
	Stations  int    `help:"Police stations." default:"6"`
	Days      int    `help:"Working days to play." default:"120"`
	Seed      uint64 `help:"The same seed plays the same city." default:"1"`
	Dir       string `help:"Keep the nodes in this new folder; default: a temporary one." placeholder:"DIR"`
	Addr      string `help:"Address of the city's pages; default: any on loopback." placeholder:"ADDRESS"`
	NoServe   bool   `help:"End when everything is proved; otherwise the nodes stay until Ctrl-C."`
	JSON      bool   `help:"Print one JSON document."`
	Road      bool   `help:"The short road instead: two stations in processes of their own, which are killed on the way."`
	Postgres  bool   `help:"With --road: the city on PostgreSQL with two serve processes, on a server started for the demonstration."`
}

// Defaults of the demonstration.
const demoResidents = 20000

// demoBegins is when the city's plan begins (plan A1).
var demoBegins = citizen.MustDate("2005-09-01")

// Run plays the demonstration; anything that does not come out ends with 1.
func (c *demoCommand) Run(env *environment) error {
	if c.Road {
		return c.road(env)
	}
	if c.Postgres {
		return useError{errors.New("--postgres goes with --road")}
	}
	if c.Residents == 0 {
		c.Residents = demoResidents
	}
	p := player{JSON: c.JSON, Dir: c.Dir, NoServe: c.NoServe, Address: c.Addr}
	return p.play(env, &campaign.Campaign{Residents: c.Residents, Stations: c.Stations, Days: c.Days, Seed: c.Seed, From: demoBegins})
}

type spanCommand struct {
	Residents int    `required:"" help:"Residents of the city."`
	From      string `required:"" help:"First day, as 2005-09-01." placeholder:"DATE"`
	To        string `required:"" help:"Last day." placeholder:"DATE"`
	Stations  int    `help:"Police stations." default:"6"`
	Seed      uint64 `help:"The same seed plays the same city." default:"1"`
	Dir       string `help:"Keep the nodes in this new folder; default: a temporary one." placeholder:"DIR"`
	JSON      bool   `help:"Print one JSON document."`
}

// Run plays a campaign over a span of days.
func (c *spanCommand) Run(env *environment) error {
	from, err1 := citizen.ParseDate(c.From)
	to, err2 := citizen.ParseDate(c.To)
	if err := errors.Join(err1, err2); err != nil {
		return useError{err}
	}
	days := campaign.WorkingDays(from, to)
	if days == 0 {
		return useError{errors.New("there is no working day from --from to --to")}
	}
	p := player{JSON: c.JSON, Dir: c.Dir, NoServe: true}
	return p.play(env, &campaign.Campaign{Residents: c.Residents, Stations: c.Stations, Days: days, Seed: c.Seed, From: from})
}

// player plays a campaign in a folder and shows how it goes.
type player struct {
	JSON    bool
	Dir     string
	NoServe bool
	Address string // of the city's pages; empty: any on loopback
}

func (p *player) play(env *environment, c *campaign.Campaign) (err error) {
	defer node.CollectLess()()
	if err := c.Check(); err != nil {
		return useError{err}
	}
	dir, remove, err := newFolder(p.Dir)
	if err != nil {
		return err
	}
	c.Dir = dir
	defer func() { err = errors.Join(err, c.Close(), remove()) }()
	nodes, err := c.Layout()
	if err != nil {
		return useError{err}
	}
	showLayout(env, nodes)
	show := env.showDays()
	c.Progress = show.step
	summary, err := c.Run(env.ctx)
	show.end()
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("已停止，各节点已关闭 stopped; every node is closed")
	case err != nil:
		remove = func() error { return nil }
		return fmt.Errorf("%v\n  目录保留以便查看 the folder is kept for looking into it: %s", err, dir)
	}
	if err := env.print(p.JSON, summary, summary.Write); err != nil {
		return err
	}
	if !summary.Sound() {
		remove = func() error { return nil }
		fmt.Fprintln(env.stderr, "目录保留以便查看 the folder is kept for looking into it:", dir)
		return errFindings
	}
	if !p.NoServe || p.Dir != "" {
		showAround(env, nodes)
	}
	if p.NoServe {
		return nil
	}
	if err := c.OpenPages(env.ctx, p.Address); err != nil {
		return err
	}
	if err := c.OpenTour(env.ctx); err != nil {
		return err
	}
	if nodes, err = c.Layout(); err != nil {
		return err
	}
	fmt.Fprintf(env.stderr, "\n三分钟导览 the three-minute tour: %stour\n\n", nodes[0].Pages)
	for _, n := range nodes {
		fmt.Fprintf(env.stderr, "  %-18s %s\n", n.Name, n.Pages)
	}
	fmt.Fprintln(env.stderr, "Ctrl-C 结束 ends")
	if err := c.Serve(env.ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	fmt.Fprintln(env.stderr, "已停止 stopped")
	return nil
}

func showLayout(env *environment, nodes []campaign.Node) {
	fmt.Fprintln(env.stderr, "节点 nodes:")
	for _, n := range nodes {
		road := map[string]string{"": "-", "network": "联网 network", "disk": "磁盘 disk"}[n.Road]
		fmt.Fprintf(env.stderr, "  %-18s %-14s 单位 units %v\n", n.Name, road, n.Units)
	}
}

// showAround says how to look at what was played.
func showAround(env *environment, nodes []campaign.Node) {
	station := nodes[len(nodes)-1]
	fmt.Fprintf(env.stderr, `看一看 look around (所有人的密码 everybody's password: %s):
  export HUZHENG_PASSWORD=%s
  huzheng do register.find --input '{"name":"王","purpose":"查看"}' --as clerk%s -c %s/huzheng.toml
  huzheng do verify.progress --as chief220100 -c %s/huzheng.toml
  huzheng audit -c %s/huzheng.toml
用户名 logins: chief, clerk, photographer, cashier, area_officer, reviewer, issuer, communications, finance, auditor, administrator + 单位代码 unit code
`, campaign.Password, campaign.Password, station.Units[0], station.Dir, nodes[0].Dir, nodes[0].Dir)
}

// self is the path under which this program was called, so that it can start itself under the same name.
func self() (string, error) {
	path, err := exec.LookPath(os.Args[0])
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// newFolder makes a folder: the one named, which stays, or a temporary one.
func newFolder(name string) (dir string, remove func() error, err error) {
	if name == "" {
		dir, err = os.MkdirTemp("", "huzheng-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(name); err != nil {
		return "", nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, useError{errors.Join(errors.New("--dir must be a new folder"), err)}
	}
	return dir, func() error { return nil }, nil
}
