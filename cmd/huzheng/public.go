package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/web/public"
	"golang.org/x/sync/errgroup"
)

type publicCommand struct {
	Export publicExport `cmd:"" help:"Write the file from which the citizens' page is served: schedule, fees, and each application's stage sealed under its slip and code."`
	Serve  publicServe  `cmd:"" help:"Serve the citizens' page from such a file; needs no node and no keys."`
}

type publicExport struct {
	nodeFlags
	Out string `arg:"" help:"The file to write; what was there is replaced." placeholder:"FILE"`
}

// Run writes the file so that a reader sees the old one or the whole new one.
func (c *publicExport) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	var count int64
	err = store.WriteDurably(store.OS{}, c.Out, func(out io.Writer) (err error) {
		count, err = n.WritePublic(env.ctx, out)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "已写出 written: %s (申领 applications: %d)\n", c.Out, count)
	return nil
}

type publicServe struct {
	File   string `arg:"" help:"The file that a node wrote; a newer one is taken in by itself." placeholder:"FILE"`
	Listen string `help:"The address to serve on; a front server gives it TLS and the world." default:"127.0.0.1:8081" placeholder:"ADDRESS"`
}

// Run serves until it is told to stop.
func (c *publicServe) Run(env *environment) error {
	pages, err := public.New(c.File, slog.New(slog.NewTextHandler(env.stderr, nil)))
	if err != nil {
		return useError{err}
	}
	listener, err := (&net.ListenConfig{}).Listen(env.ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stderr, "huzheng: 公众页面 citizens' page at http://%s/\n", listener.Addr())
	server := &http.Server{Handler: pages.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, WriteTimeout: headerTimeout, IdleTimeout: idleTimeout}
	group, ctx := errgroup.WithContext(env.ctx)
	group.Go(func() error { pages.Watch(ctx); return nil })
	group.Go(func() error {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return server.Shutdown(stopping)
	})
	group.Go(func() error { return server.Serve(listener) })
	if err := group.Wait(); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
