package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/huzheng/huzheng/internal/cardreader"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"golang.org/x/term"
)

// Exit codes (design 8).
const (
	exitDone     = 0
	exitFindings = 1 // findings, or an action that was refused by a rule
	exitUse      = 2
	exitFailure  = 3
)

// errFindings ends a command that did its work and found something wrong; what it found has been printed.
var errFindings = errors.New("findings")

// useError is a wrong use of a command.
type useError struct{ error }

// commands is the command line.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"Play a small city day by day, from old files to cards in hands, and prove that nothing was lost."`
	Play    spanCommand    `cmd:"" name:"campaign" help:"Play a campaign from one day to another, as demo does."`
	Serve   serveCommand   `cmd:"" help:"Run one node."`
	Node    nodeCommand    `cmd:"" help:"Set up nodes: init, admit, join, suspend, list."`
	Do      doCommand      `cmd:"" help:"Do one action, or a batch of them, in an operator's name."`
	Person  operatorGroup  `cmd:"" name:"operator" help:"Operators' passwords."`
	Number  numberCommand  `cmd:"" help:"Check citizen numbers."`
	Card    cardCommand    `cmd:"" help:"The chip's record: encode, decode, lint (256 bytes, GA 490)."`
	Reader  readerCommand  `cmd:"" help:"A card reader on a serial line or TCP: read, simulate."`
	Check   checkCommand   `cmd:"" help:"Ask the item rules of person files; nothing is loaded."`
	Recon   reconCommand   `cmd:"" name:"reconcile" help:"Compare five records of every person, as files: what differs, why, and what is probably right."`
	Import  importCommand  `cmd:"" help:"Bring person files (CSV, XLSX, DBF) into the register."`
	Export  exportCommand  `cmd:"" help:"Write residents to a person file."`
	Disk    diskCommand    `cmd:"" help:"The removable-disk road: write, read, list."`
	Journal journalCommand `cmd:"" help:"The journal: verify, prove, list, export."`
	Rebuild rebuildCommand `cmd:"" help:"Replay the journal beside the live tables and compare."`
	Audit   auditCommand   `cmd:"" help:"Conservation of residents, cards, receipts and money, from the journal alone."`
	Digest  digestCommand  `cmd:"" help:"Digests of the derived tables, to compare two nodes."`
	Public  publicCommand  `cmd:"" help:"The citizens' page: export, serve."`
	Blob    blobCommand    `cmd:"" help:"Attachments: put, get."`
	Maker   makerCommand   `cmd:"" help:"A stub of the card factory: read an order file, write a feedback file."`
	Backup  backupCommand  `cmd:"" help:"Copy a node's data folder consistently."`
	Restore restoreCommand `cmd:"" help:"Bring back a backup; the node must then be admitted again."`
	Doctor  doctorCommand  `cmd:"" help:"Look at a node's health."`
	Config  configCommand  `cmd:"" help:"The configuration file."`
	Synth   synthCommand   `cmd:"" help:"Make a synthetic city as files: five records of each person, and the truth about their errors."`
	Link    linkGroup      `cmd:"" help:"Find who is registered twice, and numbers that two persons hold; link train learns a model."`
	Photo   photoCommand   `cmd:"" help:"Card photographs: check, normalise."`
	Bench   benchCommand   `cmd:"" help:"The benchmarks of docs/benchmarks.md."`
}

// environment is what commands get from outside.
type environment struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
}

// errExit carries kong's wish to exit (after --help) out of its parser.
type errExit int

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	env := &environment{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv}
	defer func() {
		switch caught := recover().(type) {
		case nil:
		case errExit:
			code = int(caught)
		default:
			panic(caught)
		}
	}()
	var cli commands
	parser, err := kong.New(&cli, kong.Name("huzheng"), kong.Writers(stdout, stderr), kong.Exit(func(c int) { panic(errExit(c)) }),
		kong.Description("户政 Huzheng carries a city through replacing its ID cards.\n\nExit codes: 0 done, 1 findings or refused by a rule, 2 wrong use, 3 failure."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(printHelp), kong.Bind(env))
	if err != nil {
		fmt.Fprintln(stderr, "huzheng:", err)
		return exitFailure
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		wrongUse(stderr, err)
		return exitUse
	}
	return env.report(parsed.Run(env))
}

// report prints an error for people and chooses the exit code.
func (env *environment) report(err error) int {
	var use useError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &use):
		fmt.Fprintln(env.stderr, "huzheng:", err)
		return exitUse
	}
	if text, mend, ok := explained(err); ok {
		fmt.Fprintf(env.stderr, "%s\n  %s\n%s\n  %s\n", text.ZH, mend.ZH, text.EN, mend.EN)
		if refusal, ok := event.AsRefusal(err); ok {
			if refusal.Source != "" {
				fmt.Fprintln(env.stderr, "  "+refusal.Source)
			}
			return exitFindings
		}
		return exitFailure
	}
	fmt.Fprintln(env.stderr, "huzheng:", err)
	return exitFailure
}

// explained finds what and mend in the errors that carry them in both languages.
func explained(err error) (text, mend citizen.Text, ok bool) {
	var refusal *event.Refusal
	var exception *exchange.Exception
	var file *personfile.FileError
	var reader *cardreader.Error
	switch {
	case errors.As(err, &refusal):
		return refusal.Text, refusal.Mend, true
	case errors.As(err, &exception):
		return exception.Text, exception.Mend, true
	case errors.As(err, &reader):
		return reader.Text, reader.Mend, true
	case errors.As(err, &file):
		return citizen.Text{ZH: file.File + ":" + file.Text.ZH, EN: file.File + ": " + file.Text.EN}, file.Mend, true
	}
	return text, mend, false
}

// print writes one JSON document, or calls human.
func (env *environment) print(asJSON bool, v any, human func(io.Writer)) error {
	if !asJSON {
		human(env.stdout)
		return nil
	}
	encoder := json.NewEncoder(env.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// nodeFlags are shared by the commands that work on a node.
type nodeFlags struct {
	Config string `help:"The node's configuration file." default:"huzheng.toml" placeholder:"FILE" short:"c"`
}

// open opens the node that the configuration names; the caller closes it.
func (f *nodeFlags) open(env *environment) (*node.Node, error) {
	config, keys, err := f.unlock(env)
	if err != nil {
		return nil, err
	}
	return openWith(env, config, keys)
}

func openWith(env *environment, config *node.Config, keys *node.Keys) (*node.Node, error) {
	root, err := os.ReadFile(config.RootPath())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return node.Open(env.ctx, config, keys, strings.TrimSpace(string(root)), log)
}

func (f *nodeFlags) unlock(env *environment) (*node.Config, *node.Keys, error) {
	config, err := node.LoadConfig(f.Config)
	if err != nil {
		return nil, nil, useError{err}
	}
	passphrase, err := env.passphrase(config)
	if err != nil {
		return nil, nil, useError{err}
	}
	keys, err := node.LoadKeys(config.KeyPath(), passphrase)
	return config, keys, err
}

func (env *environment) passphrase(config *node.Config) (string, error) {
	var ask func() (string, error)
	if file, ok := env.stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		ask = func() (string, error) {
			fmt.Fprint(env.stderr, "口令 passphrase: ")
			text, err := term.ReadPassword(int(file.Fd()))
			fmt.Fprintln(env.stderr)
			return string(text), err
		}
	}
	return config.Passphrase(env.getenv(node.PassphraseVariable), ask)
}

// saveRoot keeps the city's verifier text beside the node's data.
func saveRoot(config *node.Config, verifier string) error {
	return os.WriteFile(config.RootPath(), []byte(verifier+"\n"), 0o600)
}
