package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/node"
)

// guideLine is one act of the guide's story.
type guideLine struct {
	login, action, input string
	want                 string // code of the refusal that is expected
}

var storyLine = regexp.MustCompile(`^(!?)(\w+) ([a-z]+\.[a-z_]+) (\{.*\})(?: = ([a-z]+\.[a-z0-9_]+))?$`)

// readStory reads the acts, and the lines with $ as they stand.
func readStory(t *testing.T) (acts []guideLine, steps []any) {
	t.Helper()
	text, err := os.ReadFile("testdata/guide/story.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if other, ok := strings.CutPrefix(line, "$ "); ok {
			steps = append(steps, other)
			continue
		}
		m := storyLine.FindStringSubmatch(line)
		if m == nil || (m[1] == "!") != (m[5] != "") {
			t.Fatalf("story: %s", line)
		}
		act := guideLine{m[2], m[3], m[4], m[5]}
		acts, steps = append(acts, act), append(steps, act)
	}
	return acts, steps
}

var guideCommand = regexp.MustCompile(`(?m)^    huzheng do ([a-z]+\.[a-z_]+) --as (\w+)(?: --input '(.*)')?$`)

// TestGuide_EveryCommandIsInTheStory holds the pages of the roles to the commands that TestGuide_OneDayAtEveryDesk runs.
func TestGuide_EveryCommandIsInTheStory(t *testing.T) {
	acts, _ := readStory(t)
	told := make(map[guideLine]bool)
	for _, a := range acts {
		a.want = ""
		told[a] = true
	}
	pages, err := filepath.Glob("../../docs/guide/roles/*.md")
	if err != nil || len(pages) < 22 {
		t.Fatal(len(pages), err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		commands := guideCommand.FindAllStringSubmatch(string(text), -1)
		if len(commands) < 3 || strings.Count(string(text), "\n    huzheng do ") != len(commands) {
			t.Errorf("%s: %d commands can be read", page, len(commands))
		}
		for _, m := range commands {
			input := m[3]
			if input == "" {
				input = "{}"
			}
			if !told[guideLine{login: m[2], action: m[1], input: input}] {
				t.Errorf("%s: not in the story: %s %s %s", page, m[2], m[1], input)
			}
		}
	}
}

// guideCity is the city of the guide: one node that serves it, its county and two stations.
type guideCity struct {
	t    *testing.T
	node *node.Node
	doer *doer
	said map[string]string // what answers have given, by name
}

func (g *guideCity) run(args ...string) string {
	g.t.Helper()
	var out, problems bytes.Buffer
	if code := run(context.Background(), args, strings.NewReader(""), &out, &problems); code != exitDone {
		g.t.Fatalf("huzheng %v: %d %s%s", args, code, out.String(), problems.String())
	}
	return out.String()
}

func (g *guideCity) open() {
	g.t.Helper()
	env := &environment{ctx: context.Background(), stdin: strings.NewReader(""), stdout: io.Discard, stderr: os.Stderr, getenv: os.Getenv}
	flags := nodeFlags{Config: "city/huzheng.toml"}
	n, err := flags.open(env)
	if err != nil {
		g.t.Fatal(err)
	}
	g.node, g.doer = n, newDoer(env, n)
}

// TestGuide_OneDayAtEveryDesk runs the story of the guide: what its pages tell people to type really works, and what they warn of is refused.
func TestGuide_OneDayAtEveryDesk(t *testing.T) {
	_, steps := readStory(t)
	folder, err := filepath.Abs("testdata/guide")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("HUZHENG_PASSPHRASE", "a long passphrase")
	t.Setenv("HUZHENG_PASSWORD", "a long password")
	for name, content := range map[string]string{"clock": "2005-10-10T08:30:00+08:00", "face.jpg": "a picture", "form.txt": "登记表签字"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setup, err := os.ReadFile(filepath.Join(folder, "setup.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	g := &guideCity{t: t, said: make(map[string]string)}
	clock, err := filepath.Abs("clock")
	if err != nil {
		t.Fatal(err)
	}
	g.run("node", "init", "city", "--unit", "220100", "--root", "--name", "长春市公安局", "--clock", clock)
	g.run("operator", "set-password", "admin", "-c", "city/huzheng.toml")
	g.run("do", "-c", "city/huzheng.toml", "--batch", filepath.Join(folder, "setup.jsonl"))
	logins := []string{"operator", "set-password", "-c", "city/huzheng.toml"}
	for _, m := range regexp.MustCompile(`"site.appoint","input":\{"login":"(\w+)"`).FindAllStringSubmatch(string(setup), -1) {
		logins = append(logins, m[1])
	}
	g.run(logins...)
	g.run("import", filepath.Join(folder, "old.csv"), "-c", "city/huzheng.toml", "--unit", "220102001", "--as", "admin")
	g.open()
	defer func() { g.node.Close() }()
	for _, step := range steps {
		if act, ok := step.(guideLine); ok {
			g.do(act)
		} else {
			g.other(step.(string))
		}
	}
	g.node.Close()
	g.run("rebuild", "--check", "-c", "city/huzheng.toml")
	g.run("audit", "-c", "city/huzheng.toml")
	g.open()
}

var (
	saidBefore = regexp.MustCompile(`<([a-z_0-9]+)>`)
	saidNow    = regexp.MustCompile(`"([a-z_]+)":"([^"]+)"`)
)

func (g *guideCity) do(act guideLine) {
	g.t.Helper()
	input := saidBefore.ReplaceAllStringFunc(act.input, func(name string) string {
		said, ok := g.said[strings.Trim(name, "<>")]
		if !ok {
			g.t.Errorf("%s: nobody has said %s", act.action, name)
		}
		return said
	})
	done, err := g.doer.do(act.login, act.action, []byte(input))
	if refusal, ok := event.AsRefusal(err); ok {
		if refusal.Code != act.want {
			g.t.Errorf("%s %s %s: refused with %s (%s)", act.login, act.action, input, refusal.Code, refusal.Text.EN)
		}
		return
	}
	if err != nil || act.want != "" {
		g.t.Errorf("%s %s %s: %v, want %q", act.login, act.action, input, err, act.want)
		return
	}
	answer, err := json.Marshal(done.Result)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, m := range saidNow.FindAllStringSubmatch(string(answer), -1) {
		g.said[m[1]] = m[2]
	}
}

// other does what is no act: the factory makes the cards of the last order, somebody gets a password, time passes.
func (g *guideCity) other(step string) {
	g.t.Helper()
	what, argument, _ := strings.Cut(step, " ")
	g.node.Close()
	switch what {
	case "make":
		g.run("maker", "order", "-c", "city/huzheng.toml", g.said["digest"], "order.tar")
		var packages map[string][]string
		if err := json.Unmarshal([]byte(g.run("maker", "make", "order.tar", "feedback.jsonl", "--json", "--verifier", "city/city.verifier")), &packages); err != nil || len(packages) != 1 {
			g.t.Fatal(packages, err)
		}
		g.strangersOrder()
		for name, cards := range packages {
			g.said["package"], g.said["card1"], g.said["card2"] = name, cards[0], cards[1]
		}
	case "password":
		g.run("operator", "set-password", argument, "-c", "city/huzheng.toml")
	case "clock":
		if err := os.WriteFile("clock", []byte(argument), 0o600); err != nil {
			g.t.Fatal(err)
		}
	}
	g.open()
}

// strangersOrder lets a maker that knows another city's key refuse the order.
func (g *guideCity) strangersOrder() {
	g.t.Helper()
	keys, err := node.NewKeys("220200")
	if err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile("stranger.verifier", []byte(keys.Identity.Key.Verifier()), 0o600); err != nil {
		g.t.Fatal(err)
	}
	order, err := os.Open("order.tar")
	if err != nil {
		g.t.Fatal(err)
	}
	defer order.Close()
	file, err := card.UnpackOrder(order)
	if err != nil {
		g.t.Fatal(err)
	}
	refusal, ok := event.AsRefusal((&makerMakeCommand{Verifier: "stranger.verifier"}).verify(file))
	if !ok || refusal.Code != "card.order_unsigned" {
		g.t.Errorf("a stranger's order: %+v", refusal)
	}
}
