package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/huzheng/huzheng/internal/node"
	"golang.org/x/sync/errgroup"
)

type serveCommand struct {
	nodeFlags
	Listen string `help:"Another address for children than the configuration's: for further processes of one node on one PostgreSQL." placeholder:"ADDRESS"`
	Pages  string `help:"Another address for the pages than the configuration's, as 127.0.0.1:8080." placeholder:"ADDRESS"`
	Ready  string `help:"A file to write when the node is ready, for scripts." placeholder:"FILE"`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	defer node.CollectLess()()
	if c.Listen != "" {
		n.Config.Exchange.Listen = c.Listen
	}
	if c.Pages != "" {
		n.Config.Web.Listen = c.Pages
		if err := n.Config.Web.Check(); err != nil {
			return useError{err}
		}
	}
	group, ctx := errgroup.WithContext(env.ctx)
	if n.Config.Exchange.Listen != "" {
		listener, err := listen(ctx, n)
		if err != nil {
			return err
		}
		group.Go(func() error { return serveChildren(ctx, n, listener) })
	}
	if n.Config.Web.Listen != "" {
		listener, err := n.ListenPages(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stderr, "huzheng: 页面 pages at %s\n", n.PagesAt(listener))
		group.Go(func() error { return n.ServePages(ctx, listener) })
	}
	if n.Config.Exchange.Parent == "network" {
		group.Go(func() error { return n.Exchange.Run(ctx, time.Duration(n.Config.Exchange.Interval)) })
	}
	group.Go(func() error { return tend(ctx, n) })
	fmt.Fprintf(env.stderr, "huzheng: 单位 unit %s 节点 node %s\n", n.Config.Unit, n.Keys.Identity.Key.Node)
	if err := markReady(c.Ready); err != nil {
		return err
	}
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func listen(ctx context.Context, n *node.Node) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", n.Config.Exchange.Listen)
}

// Limits of the children's server; parcels stream, so only headers and idleness are bounded.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 5 * time.Second
)

func serveChildren(ctx context.Context, n *node.Node, listener net.Listener) error {
	settings, err := n.Exchange.ServerTLS()
	if err != nil {
		return err
	}
	server := &http.Server{Handler: n.Exchange.Handler(), TLSConfig: settings, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return ctx }, ErrorLog: log.New(discard{}, "", 0)}
	go func() {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		_ = server.Shutdown(stopping)
	}()
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// discard drops net/http's own lines about strangers' handshakes; refused peers are counted by the exchange.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// tendEvery is how often reactions that wait are tried and time is noted.
const tendEvery = time.Second

func tend(ctx context.Context, n *node.Node) error {
	ticker := time.NewTicker(tendEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := n.Office.Heartbeat(ctx); err != nil && ctx.Err() == nil {
			slog.Error("heartbeat", "error", err)
		}
		if _, err := n.Office.React(ctx); err != nil && ctx.Err() == nil {
			slog.Error("reactions", "error", err)
		}
	}
}
