package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
)

// passwordVariable is the environment variable with the operator's password for scripts.
const passwordVariable = "HUZHENG_PASSWORD"

type doCommand struct {
	nodeFlags
	Action    string `arg:"" optional:"" help:"The action, as card.open; --list shows them."`
	Input     string `help:"The action's input as JSON; a text \"@FILE\" in it stores the file as an attachment and stands for its name." default:"{}"`
	As        string `help:"Login of the operator; the password comes from HUZHENG_PASSWORD or --passwords."`
	Passwords string `help:"A JSON file of logins and passwords, for batches." placeholder:"FILE"`
	Batch     string `help:"A file of lines {\"as\",\"action\",\"input\"}; - reads standard input." placeholder:"FILE"`
	List      bool   `help:"List the actions with their inputs."`
	JSON      bool   `help:"Print JSON."`
}

// batchLine is one line of a batch.
type batchLine struct {
	As     string          `json:"as"`
	Action string          `json:"action"`
	Input  json.RawMessage `json:"input"`
}

// batchResult is what one line of a batch gives.
type batchResult struct {
	*office.Done
	Refusal *event.Refusal `json:"refusal,omitempty"`
}

// Run does one action or a batch.
func (c *doCommand) Run(env *environment) error {
	if c.List {
		return listActions(env, c.JSON)
	}
	if (c.Action == "") == (c.Batch == "") {
		return useError{errors.New("name an action or --batch FILE; --list shows the actions")}
	}
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	d := newDoer(env, n)
	if err := d.readPasswords(c.Passwords); err != nil {
		return useError{err}
	}
	if c.Batch != "" {
		return d.batch(c.Batch)
	}
	return d.one(c)
}

// doer does actions at one node; each operator signs in once.
type doer struct {
	env       *environment
	node      *node.Node
	passwords map[string]string
	operators map[string]office.Operator
}

func newDoer(env *environment, n *node.Node) *doer {
	return &doer{env: env, node: n, operators: make(map[string]office.Operator)}
}

func (d *doer) readPasswords(path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &d.passwords)
}

func (d *doer) signIn(login string) (office.Operator, error) {
	if op, ok := d.operators[login]; ok {
		return op, nil
	}
	password, ok := d.passwords[login]
	if !ok {
		password = d.env.getenv(passwordVariable)
	}
	op, err := d.node.Office.SignIn(d.env.ctx, login, password)
	if err == nil {
		d.operators[login] = op
	}
	return op, err
}

func (d *doer) do(login, action string, input []byte) (*office.Done, error) {
	op, err := d.signIn(login)
	if err != nil {
		return nil, err
	}
	if input, err = d.storeFiles(input); err != nil {
		return nil, err
	}
	done, err := d.node.Office.Do(d.env.ctx, op, action, input)
	if err != nil {
		return nil, err
	}
	// The act is committed: what fails now is a reaction, which stays queued and is tried again.
	if _, err := d.node.Office.React(d.env.ctx); err != nil {
		fmt.Fprintln(d.env.stderr, "huzheng: reactions:", err)
	}
	return done, nil
}

// storeFiles replaces every text "@FILE" in the input by the name of the attachment that the file becomes.
func (d *doer) storeFiles(input []byte) ([]byte, error) {
	if !bytes.Contains(input, []byte(`"@`)) {
		return input, nil
	}
	var v any
	if err := json.Unmarshal(input, &v); err != nil {
		return input, nil // the action says what is wrong with it
	}
	v, err := d.replaceFiles(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func (d *doer) replaceFiles(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case string:
		if path, ok := strings.CutPrefix(v, "@"); ok {
			content, err := os.ReadFile(filepath.Clean(path))
			if err != nil {
				return nil, useError{err}
			}
			return d.node.Office.Blobs.Put(content)
		}
	case map[string]any:
		for key, value := range v {
			if v[key], err = d.replaceFiles(value); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, value := range v {
			if v[i], err = d.replaceFiles(value); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func (d *doer) one(c *doCommand) error {
	done, err := d.do(c.As, c.Action, []byte(c.Input))
	if refusal, ok := event.AsRefusal(err); ok && c.JSON {
		if err := d.env.print(true, batchResult{Refusal: refusal}, nil); err != nil {
			return err
		}
		return errFindings
	}
	if err != nil {
		return err
	}
	return d.env.print(c.JSON, done, func(w io.Writer) { showDone(w, done) })
}

func showDone(w io.Writer, done *office.Done) {
	text, err := json.MarshalIndent(done.Result, "", "  ")
	if err != nil {
		text = []byte(err.Error())
	}
	fmt.Fprintf(w, "%s\n", text)
	for _, ref := range done.Entries {
		fmt.Fprintln(w, "日志 entry", ref)
	}
}

// batch does line after line and prints one JSON object for each; refused lines are findings, any other error ends it.
func (d *doer) batch(path string) error {
	in := d.env.stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return useError{err}
		}
		defer file.Close()
		in = file
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	refused := false
	for lines.Scan() {
		var line batchLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return useError{fmt.Errorf("batch: %w in %s", err, lines.Text())}
		}
		done, err := d.do(line.As, line.Action, line.Input)
		refusal, isRefusal := event.AsRefusal(err)
		if err != nil && !isRefusal {
			return err
		}
		refused = refused || isRefusal
		if err := d.env.print(true, batchResult{Done: done, Refusal: refusal}, nil); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if refused {
		return errFindings
	}
	return nil
}

// actionInfo describes an action for --list.
type actionInfo struct {
	Action string        `json:"action"`
	ZH     string        `json:"zh"`
	EN     string        `json:"en"`
	Roles  []office.Role `json:"roles"`
	Input  []string      `json:"input"`
}

func listActions(env *environment, asJSON bool) error {
	o, err := office.New(office.Office{}, nil, node.Actions(), nil)
	if err != nil {
		return err
	}
	for _, a := range o.Actions() {
		info := actionInfo{Action: a.Name, ZH: a.Text.ZH, EN: a.Text.EN, Roles: a.Roles, Input: a.Fields()}
		err := env.print(asJSON, info, func(w io.Writer) {
			fmt.Fprintf(w, "%-28s %s / %s\n    %v\n", info.Action, info.ZH, info.EN, info.Roles)
			for _, field := range info.Input {
				fmt.Fprintln(w, "      ", field)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type operatorGroup struct {
	SetPassword setPasswordCommand `cmd:"" help:"Set an operator's password and end a lock-out."`
}

type setPasswordCommand struct {
	nodeFlags
	Logins []string `arg:"" help:"The operators' logins."`
}

// Run sets the password that HUZHENG_PASSWORD holds, or standard input's first line.
func (c *setPasswordCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	password := env.getenv(passwordVariable)
	if password == "" {
		line, err := bufio.NewReader(env.stdin).ReadString('\n')
		if err != nil && line == "" {
			return useError{errors.New("give the password in " + passwordVariable + " or on standard input")}
		}
		password = strings.TrimRight(line, "\r\n")
	}
	for _, login := range c.Logins {
		if err := n.Office.SetPassword(env.ctx, login, password); err != nil {
			return err
		}
	}
	return nil
}
