// Package browsertest drives a real Chromium for tests and for the pictures in the guide: one browser a process, one tab a test.
package browsertest

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Width and height of the office screen (reference: the pages' guide).
const (
	Width  = 1366
	Height = 768
)

// stepTimeout is how long one step may take on a busy machine.
const stepTimeout = 60 * time.Second

// Camera is a file that the browser's fake camera plays: Y4M or MJPEG. It is set before the first tab; empty: chromium's own test picture.
var Camera string

var shared = sync.OnceValues(start)

// start starts the browser. It ends with the process.
func start() (context.Context, error) {
	path, err := exec.LookPath("chromium-headless-shell")
	if err != nil { // the build without a window, which has less to do, is not there
		path, err = exec.LookPath("chromium")
	}
	if err != nil {
		return nil, fmt.Errorf("chromium is not on the path (Debian packages chromium, fonts-noto-cjk, fonts-hanazono): %w", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("no-first-run", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true))
	if Camera != "" {
		options = append(options, chromedp.Flag("use-file-for-fake-video-capture", Camera))
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(allocator)
	return browser, chromedp.Do(browser)
}

// Tab is one tab of the browser, with cookies of its own.
type Tab struct {
	t     testing.TB
	ctx   context.Context
	close context.CancelFunc
	base  string
}

// Open opens a tab on a site. A missing browser fails the test.
func Open(t testing.TB, base string) *Tab {
	t.Helper()
	browser, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	tab := &Tab{t, ctx, cancel, base}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(Width, Height)); err != nil {
		t.Fatal(err)
	}
	return tab
}

// Close closes the tab before its test ends.
func (b *Tab) Close() { b.close() }

// Do does steps; one that fails fails the test.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\nat %s:\n%s", err, b.Where(), b.Text("body"))
	}
}

// run runs one step that gives a value.
func run[T any](b *Tab, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// Go opens a page of the site, by its path or its whole address.
func (b *Tab) Go(path string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(b.base + strings.TrimPrefix(path, b.base)))
	b.focused()
}

// SignIn signs an operator in and leaves the tab on the home page.
func (b *Tab) SignIn(login, password, lang string) {
	b.t.Helper()
	b.Go("/language?to=" + lang + "&back=/sign-in")
	b.Do(chromedp.SendKeys("#login", login), chromedp.SendKeys("#password", password), chromedp.Click("form.sign-in button.primary"), chromedp.WaitVisible("nav.side"))
}

// Where is the tab's address.
func (b *Tab) Where() string { b.t.Helper(); return run(b, chromedp.Location()) }

// Text is what a reader sees of an element.
func (b *Tab) Text(selector string) string {
	b.t.Helper()
	return run(b, chromedp.Evaluate[string](fmt.Sprintf("(document.querySelector(%q) ?? {innerText: ''}).innerText", selector)))
}

// Eval evaluates a script in the page.
func Eval[T any](b *Tab, script string) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](script))
}

// Type types into a field that is empty, or replaces what it holds.
func (b *Tab) Type(selector, text string) {
	b.t.Helper()
	Eval[string](b, fmt.Sprintf("document.querySelector(%q).value = ''", selector))
	b.Do(chromedp.SendKeys(selector, text))
}

// Click presses an element and waits for the page that follows it.
func (b *Tab) Click(selector string) { b.t.Helper(); b.follow(chromedp.Click(selector)) }

// Enter presses a key that leads on, and waits for the page that follows it.
func (b *Tab) Enter(key string) { b.t.Helper(); b.follow(press(key)) }

// follow does a step and waits for the page that it leads to. While the old page goes the browser has none to ask: it is asked again.
func (b *Tab) follow(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	Eval[bool](b, "window.left = true")
	failed := chromedp.Do(ctx, step)
	for {
		came, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("window.left !== true && document.readyState === 'complete'"))
		if err == nil && came {
			b.focused()
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("no page came after the step: %v, %v\nat %s:\n%s", failed, err, b.Where(), b.Text("body"))
		case <-time.After(askAgain):
		}
	}
}

// focused waits for the cursor: a page puts it where the next key is wanted when it is drawn for the first time, which on a busy machine is after it has come.
func (b *Tab) focused() {
	b.t.Helper()
	for range mostAsked {
		if Eval[bool](b, "document.activeElement !== document.body || document.querySelector('[autofocus]') === null") {
			return
		}
		time.Sleep(askAgain)
	}
}

// mostAsked is how often a page is asked for its cursor, before it has none.
const mostAsked = 100

// askAgain is how often a tab is asked whether the next page has come.
const askAgain = 20 * time.Millisecond

// Press sends keys to the page.
func (b *Tab) Press(keys string) { b.t.Helper(); b.Do(press(keys)) }

// press presses keys as a keyboard does: a key and its letter are one event, so that a page that takes the key takes the letter too. The library's own sends
// the letter apart; it then reaches the field to which the page has moved the cursor, and an Enter that was to go to the next field sends the form.
func press(keys string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for _, r := range keys {
			all := kb.Encode(r)
			if len(all) == keyAndLetter {
				all[0].Text, all[0].UnmodifiedText = all[1].Text, all[1].UnmodifiedText
				all = slices.Delete(all, 1, 2)
			}
			for _, k := range all {
				if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, *k); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// keyAndLetter is how many events the library makes of a key that has a letter: down, letter, up.
const keyAndLetter = 3

// Screenshot is the screen as PNG.
func (b *Tab) Screenshot() []byte { b.t.Helper(); return run(b, chromedp.CaptureScreenshot()) }

// Whole is the page as PNG, with what lies below the screen.
func (b *Tab) Whole() []byte { b.t.Helper(); return run(b, chromedp.FullScreenshot(100)) }

// PDF is the page as it is printed.
func (b *Tab) PDF() []byte {
	b.t.Helper()
	return run(b, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
}

// Resize gives the screen another size: half of it shows a page as at 200 % zoom.
func (b *Tab) Resize(width, height int64) {
	b.t.Helper()
	b.Do(chromedp.EmulateViewport(width, height))
}

// Overflow tells by how many pixels the page is wider than the screen.
func (b *Tab) Overflow() int {
	b.t.Helper()
	return Eval[int](b, "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)")
}
