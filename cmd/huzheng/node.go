package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
)

type nodeCommand struct {
	Init     nodeInitCommand     `cmd:"" help:"Make a node's folder, keys and configuration; a city founds itself, any other writes a request for its parent."`
	Request  nodeRequestCommand  `cmd:"" help:"Write a new request with new keys, after a restore or a loss of keys."`
	Admit    nodeAdmitCommand    `cmd:"" help:"At the parent: admit the node of a request, and write its admission."`
	Join     nodeJoinCommand     `cmd:"" help:"At the child: read the admission."`
	Reopen   nodeReopenCommand   `cmd:"" help:"At a restored city, by two persons: open the next generation, after every child has been heard."`
	TakeBack nodeTakeBackCommand `cmd:"" name:"take-back" help:"At the parent: write again for units whose node is gone."`
	Suspend  nodeSuspendCommand  `cmd:"" help:"At the parent: stop exchanging with a node."`
	Sync     nodeSyncCommand     `cmd:"" help:"Exchange with the parent over the network now."`
	Traffic  nodeTrafficCommand  `cmd:"" help:"How many parcels each road has brought."`
	List     nodeListCommand     `cmd:"" help:"List the neighbours."`
}

type nodeInitCommand struct {
	Dir      string `arg:"" help:"The new node's folder."`
	Unit     string `required:"" help:"Code of the unit: 220100 a city, 220102 a county, 220102001 a station."`
	Root     bool   `help:"Found the city: this node trusts itself and appoints its first administrator."`
	Name     string `help:"With --root: the unit's name." default:"市公安局"`
	Admin    string `help:"With --root: login of the first administrator." default:"admin"`
	Postgres string `help:"A PostgreSQL DSN in place of an SQLite file."`
	Listen   string `help:"Address on which children are served, as 127.0.0.1:7443."`
	Parent   string `help:"The road to the parent." enum:"network,disk," default:""`
	Clock    string `help:"For demonstrations: a file with the time." placeholder:"FILE"`
	Unlock   string `help:"A file with the passphrase, on a machine that is itself guarded." placeholder:"FILE"`
}

const (
	configName  = "huzheng.toml"
	requestName = "request.note"
)

// Run makes the node.
func (c *nodeInitCommand) Run(env *environment) error {
	unit := event.Unit(c.Unit)
	if !unit.Valid() || (c.Root && unit.Level() != event.City) {
		return useError{fmt.Errorf("%q is not a unit that can do this", c.Unit)}
	}
	path := filepath.Join(c.Dir, configName)
	if _, err := os.Stat(path); err == nil {
		return useError{fmt.Errorf("%s exists already", path)}
	}
	for _, file := range []*string{&c.Unlock, &c.Clock} {
		if err := absolute(file); err != nil {
			return useError{err}
		}
	}
	config := &node.Config{Unit: unit, Database: node.Database{Postgres: c.Postgres}, Unlock: node.Unlock{File: c.Unlock},
		Exchange: node.Exchange{Listen: c.Listen, Parent: c.Parent}, Testing: node.Testing{ClockFile: c.Clock}}
	passphrase, err := env.passphrase(config)
	if err != nil {
		return useError{err}
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	if err := config.Write(path); err != nil {
		return err
	}
	if config, err = node.LoadConfig(path); err != nil {
		return useError{err}
	}
	keys, err := node.NewKeys(unit)
	if err != nil {
		return err
	}
	if err := keys.Save(config.KeyPath(), passphrase, workOf(config)); err != nil {
		return err
	}
	if c.Root {
		return c.found(env, config, path)
	}
	return writeRequest(env, config, keys)
}

// workOf is the work that a node's passphrase is worth: one with a clock of its own is a demonstration.
func workOf(config *node.Config) int {
	if config.Testing.ClockFile != "" {
		return node.DemoWork
	}
	return node.Work
}

// absolute names a file in full, for the configuration lies in another folder than the one where the command was given.
func absolute(path *string) (err error) {
	if *path != "" {
		*path, err = filepath.Abs(*path)
	}
	return err
}

func writeRequest(env *environment, config *node.Config, keys *node.Keys) error {
	request, err := exchange.NewRequest(config.Unit, keys.Identity, time.Now())
	if err != nil {
		return err
	}
	path := filepath.Join(config.Data, requestName)
	if err := os.WriteFile(path, request, 0o600); err != nil {
		return err
	}
	fingerprint, err := exchange.RequestFingerprint(request)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "请将 %s 交上级节点接入 (huzheng node admit)\ngive %s to the parent's node (huzheng node admit)\n本节点指纹 this node's fingerprint: %s\n", path, path, fingerprint)
	return nil
}

// found makes the city: its own certificate, its unit, its first administrator.
func (c *nodeInitCommand) found(env *environment, config *node.Config, path string) error {
	flags := nodeFlags{Config: path}
	n, err := flags.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	if err := n.Exchange.Found(env.ctx, config.Exchange.Address); err != nil {
		return err
	}
	if err := saveRoot(config, n.Keys.Identity.Key.Verifier()); err != nil {
		return err
	}
	if err := sitedesk.Bootstrap(env.ctx, n.Office, config.Unit, c.Name, c.Admin, "op-"+c.Admin); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "已建立市级节点；请用 huzheng operator set-password %s 设置密码\nthe city is founded; set the password of %s with huzheng operator set-password\n", c.Admin, c.Admin)
	return nil
}

type nodeRequestCommand struct {
	nodeFlags
}

// Run writes a new request under new keys, after everything has been given to the parent. The new keys wait beside the old ones until join, and
// nothing is written meanwhile.
func (c *nodeRequestCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	passphrase, err := env.passphrase(n.Config)
	if err != nil {
		return useError{err}
	}
	if err := n.Exchange.MayRenew(env.ctx); err != nil {
		return err
	}
	keys, err := n.Keys.Renew(n.Config.Unit)
	if err != nil {
		return err
	}
	if err := keys.Save(n.Config.NextKeyPath(), passphrase, workOf(n.Config)); err != nil {
		return err
	}
	return writeRequest(env, n.Config, keys)
}

type nodeAdmitCommand struct {
	nodeFlags
	Request string   `arg:"" type:"existingfile" help:"The request of the new node."`
	Out     string   `help:"Where to write the admission." default:"admission.note"`
	As      string   `required:"" help:"Login of an administrator; the password comes from HUZHENG_PASSWORD."`
	Units   []string `help:"Units that the new node serves besides its own."`
}

// Run admits.
func (c *nodeAdmitCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	by, err := inCharge(env, n, c.As, env.getenv(passwordVariable))
	if err != nil {
		return err
	}
	request, err := os.ReadFile(c.Request)
	if err != nil {
		return err
	}
	units := make([]event.Unit, len(c.Units))
	for i, u := range c.Units {
		units[i] = event.Unit(u)
	}
	admission, err := n.Exchange.Admit(env.ctx, by, request, units, n.Config.Exchange.Address)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, admission, 0o600); err != nil {
		return err
	}
	fingerprint, err := exchange.RequestFingerprint(request)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "节点指纹 the node's fingerprint: %s (请电话核对 compare it by telephone)\n", fingerprint)
	fmt.Fprintf(env.stdout, "已接入；请将 %s 交该节点 (huzheng node join)\nadmitted; give %s to the node (huzheng node join)\n", c.Out, c.Out)
	return nil
}

type nodeJoinCommand struct {
	nodeFlags
	Admission string `arg:"" type:"existingfile"`
}

// Run joins; keys that were made for this admission take the place of the old ones.
func (c *nodeJoinCommand) Run(env *environment) error {
	admission, err := os.ReadFile(c.Admission)
	if err != nil {
		return err
	}
	fingerprint, err := exchange.AdmissionFingerprint(admission)
	if err != nil {
		return err
	}
	n, renewed, err := c.openForJoin(env)
	if err != nil {
		return err
	}
	defer n.Close()
	if err := n.Exchange.Join(env.ctx, admission); err != nil {
		return err
	}
	if err := saveRoot(n.Config, n.Exchange.RootVerifier); err != nil {
		return err
	}
	if renewed {
		if err := os.Rename(n.Config.NextKeyPath(), n.Config.KeyPath()); err != nil {
			return err
		}
	}
	fmt.Fprintf(env.stdout, "上级节点指纹 the parent's fingerprint: %s (请电话核对 compare it by telephone)\n已接入上级；首次交换完成后即可办理\njoined; work can begin after the first exchange\n", fingerprint)
	return nil
}

// openForJoin opens the node under the keys that wait for an admission, or else its own.
func (c *nodeJoinCommand) openForJoin(env *environment) (n *node.Node, renewed bool, err error) {
	config, keys, err := c.unlock(env)
	if err != nil {
		return nil, false, err
	}
	if _, err := os.Stat(config.NextKeyPath()); err == nil {
		passphrase, err := env.passphrase(config)
		if err != nil {
			return nil, false, useError{err}
		}
		if keys, err = node.LoadKeys(config.NextKeyPath(), passphrase); err != nil {
			return nil, false, err
		}
		renewed = true
	}
	n, err = openWith(env, config, keys)
	return n, renewed, err
}

// secondVariable is the environment variable with the password of the other person of an act that needs two.
const secondVariable = "HUZHENG_SECOND_PASSWORD"

type nodeReopenCommand struct {
	nodeFlags
	As     string `required:"" help:"Login of a leader or administrator."`
	Second string `required:"" help:"Login of the other person; the password comes from HUZHENG_SECOND_PASSWORD."`
}

// Run reopens the city.
func (c *nodeReopenCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	by, err := inCharge(env, n, c.As, env.getenv(passwordVariable))
	if err != nil {
		return err
	}
	second, err := inCharge(env, n, c.Second, env.getenv(secondVariable))
	if err != nil {
		return err
	}
	return n.Exchange.Reopen(env.ctx, by, second.ID)
}

// inCharge signs in a leader or an administrator.
func inCharge(env *environment, n *node.Node, login, password string) (office.Operator, error) {
	by, err := n.Office.SignIn(env.ctx, login, password)
	if err == nil && !by.Has(office.Administrator) && !by.Has(office.Leader) {
		return by, useError{errors.New("this needs an administrator or a leader")}
	}
	return by, err
}

type nodeTakeBackCommand struct {
	nodeFlags
	Units []string `arg:"" help:"The units."`
	As    string   `required:"" help:"Login of a leader or administrator."`
}

// Run takes units back.
func (c *nodeTakeBackCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	by, err := inCharge(env, n, c.As, env.getenv(passwordVariable))
	if err != nil {
		return err
	}
	units := make([]event.Unit, len(c.Units))
	for i, u := range c.Units {
		units[i] = event.Unit(u)
	}
	return n.Exchange.TakeBack(env.ctx, by, units...)
}

type nodeSuspendCommand struct {
	nodeFlags
	Node   string `arg:"" help:"The node's name, from node list."`
	As     string `required:"" help:"Login of an administrator."`
	Reason string `required:""`
}

// Run suspends a neighbour.
func (c *nodeSuspendCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	by, err := inCharge(env, n, c.As, env.getenv(passwordVariable))
	if err != nil {
		return err
	}
	return n.Exchange.Suspend(env.ctx, by, c.Node, c.Reason)
}

type nodeListCommand struct {
	nodeFlags
	JSON bool `help:"One JSON object a line."`
}

// Run lists the neighbours.
func (c *nodeListCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	all, err := n.Exchange.Neighbours(env.ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := env.print(c.JSON, one, func(w io.Writer) { showNeighbour(w, &one) }); err != nil {
			return err
		}
	}
	return nil
}

func showNeighbour(w io.Writer, n *exchange.Neighbour) {
	heard := "从未 never"
	if n.HeardAt > 0 {
		heard = time.UnixMilli(n.HeardAt).Format("2006-01-02 15:04")
	}
	fmt.Fprintf(w, "%-32s %-10s %-7s 最近 heard %s", n.Node, n.Unit, n.Relation, heard)
	if n.Address != "" {
		fmt.Fprintf(w, "  %s", n.Address)
	}
	if n.Suspended != "" {
		fmt.Fprintf(w, "  已停用 suspended: %s", n.Suspended)
	}
	fmt.Fprintln(w)
}

type backupCommand struct {
	nodeFlags
	Out string `arg:"" help:"A new folder for the copy."`
}

// Run copies the data folder: the database as one consistent file, then the attachments, keys and configuration.
func (c *backupCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	if err := n.Backup(env.ctx, c.Out, c.Config); err != nil {
		return err
	}
	fmt.Fprintln(env.stdout, "已备份到 backed up to", c.Out)
	return nil
}

type restoreCommand struct {
	Backup string `arg:"" type:"existingdir" help:"The folder that backup wrote."`
	Dir    string `arg:"" help:"The node's new folder."`
}

// Run copies a backup to a new folder and puts the node on hold until it is admitted again.
func (c *restoreCommand) Run(env *environment) error {
	if _, err := os.Stat(c.Dir); err == nil {
		return useError{fmt.Errorf("%s exists already", c.Dir)}
	}
	partial := c.Dir + ".partial" // becomes the folder when it is whole and on hold
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.CopyFS(partial, os.DirFS(c.Backup)); err != nil {
		return err
	}
	if err := markRestored(env, partial); err != nil {
		return err
	}
	if err := os.Rename(partial, c.Dir); err != nil {
		return err
	}
	fmt.Fprintln(env.stdout, "已恢复；先与上级交换一次，再执行 huzheng node request，由上级重新接入\nrestored; exchange once with the parent, then huzheng node request and let the parent admit it again")
	return nil
}

// markRestored puts the copied node on hold.
func markRestored(env *environment, dir string) error {
	flags := nodeFlags{Config: filepath.Join(dir, configName)}
	n, err := flags.open(env)
	if err != nil {
		return err
	}
	return errors.Join(n.Exchange.Restored(env.ctx), n.Close())
}
