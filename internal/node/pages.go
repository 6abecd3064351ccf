package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/web"
)

// Web is about the pages for people.
type Web struct {
	Listen string `toml:"listen"` // address, "127.0.0.1:8080"; empty: no pages
	Cert   string `toml:"cert"`   // PEM files; needed for any address that is not loopback: a password and a camera need TLS
	Key    string `toml:"key"`
}

// Limits of the pages' server. There is no limit on writing: live counts stay open.
const (
	pageHeaderTimeout = 10 * time.Second
	pageReadTimeout   = 2 * time.Minute // of a scan over a slow line
	pageIdleTimeout   = 2 * time.Minute
	pageStopTimeout   = 3 * time.Second
)

// Check refuses pages that would be served in the clear to other machines.
func (w *Web) Check() error {
	if w.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(w.Listen)
	if err != nil {
		return fmt.Errorf("web.listen: %w", err)
	}
	ip := net.ParseIP(host)
	if w.Cert == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("web.listen is not a loopback address: set web.cert and web.key")
	}
	return nil
}

// ListenPages opens the pages' address.
func (n *Node) ListenPages(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", n.Config.Web.Listen)
	if err != nil || n.Config.Web.Cert == "" {
		return listener, err
	}
	pair, err := tls.LoadX509KeyPair(n.Config.Web.Cert, n.Config.Web.Key)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), nil
}

// PagesAt is the address as a browser takes it.
func (n *Node) PagesAt(listener net.Listener) string {
	scheme := "http"
	if n.Config.Web.Cert != "" {
		scheme = "https"
	}
	return scheme + "://" + listener.Addr().String() + "/"
}

// ServePages serves the node's pages until ctx ends.
func (n *Node) ServePages(ctx context.Context, listener net.Listener) error {
	ctx, end := context.WithCancel(ctx)
	pages, err := web.New(ctx, web.Config{Office: n.Office, Exchange: n.Exchange, Log: n.Office.Log, Care: n.care(), Secure: n.Config.Web.Cert != "", Tour: n.Tour})
	if err != nil {
		end()
		return err
	}
	var warm sync.WaitGroup
	warm.Go(func() { pages.Warm(ctx) })
	defer warm.Wait()
	defer pages.Wait() // long works, which end with ctx
	defer end()
	server := &http.Server{Handler: pages.Handler(), ReadHeaderTimeout: pageHeaderTimeout, ReadTimeout: pageReadTimeout, IdleTimeout: pageIdleTimeout,
		BaseContext: func(net.Listener) context.Context { return ctx }, ErrorLog: slog.NewLogLogger(n.Office.Log.Handler(), slog.LevelDebug)}
	go func() {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), pageStopTimeout)
		defer cancel()
		_ = server.Shutdown(stopping)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
