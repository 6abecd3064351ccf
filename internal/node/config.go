package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/huzheng/huzheng/internal/event"
)

// Config is huzheng.toml. Unknown keys are refused. Relative paths start at the file's folder.
type Config struct {
	Unit     event.Unit `toml:"unit"`     // code of the unit that the node serves
	Data     string     `toml:"data"`     // folder of keys, database, blobs and spool; default: the file's folder
	Database Database   `toml:"database"` // default: an SQLite file in data
	Unlock   Unlock     `toml:"unlock"`
	Exchange Exchange   `toml:"exchange"`
	Web      Web        `toml:"web"`
	Disk     Disk       `toml:"disk"`
	Backup   Backup     `toml:"backup"`
	Ready    Ready      `toml:"ready"`
	Testing  Testing    `toml:"testing"`

	path string // of the file that it was read from
}

// Disk is about the removable-disk road by mouse: the command line takes any folder.
type Disk struct {
	Folders []string `toml:"folders"` // under which disks are mounted, as "/media"; empty: the pages write and read no disk
}

// Backup is about backups made on a page: the command line takes any new folder.
type Backup struct {
	Folders []string `toml:"folders"` // in which a page may make a backup; empty: none
}

// Ready is what the office asks of a unit before it starts second-generation work.
type Ready struct {
	VerifiedPercent int `toml:"verified_percent"` // of its residents; 0: 90. UNCONFIRMED: no source names a share
}

// Database chooses the engine.
type Database struct {
	Postgres string `toml:"postgres"` // DSN; empty: SQLite. ${NAME} is replaced by the environment variable.
}

// Unlock says where the passphrase of the key file comes from, in this order: environment, file, terminal.
type Unlock struct {
	File string `toml:"file"` // a file with the passphrase, on a machine that is itself trusted
}

// Exchange is about neighbours.
type Exchange struct {
	Listen    string   `toml:"listen"`    // address for children, "127.0.0.1:7443"; empty: no network for them
	Address   string   `toml:"address"`   // what children are told to call; default: listen
	Interval  Duration `toml:"interval"`  // between calls to the parent when nothing happens
	Bandwidth int64    `toml:"bandwidth"` // bytes a second; 0: no limit
	Parent    string   `toml:"parent"`    // "network" or "disk": whether this node calls its parent
}

// Testing is for demonstrations and tests only; doctor warns about it.
type Testing struct {
	ClockFile string           `toml:"clock_file"` // a file with the time, RFC 3339, read at each look at the clock
	Clock     func() time.Time `toml:"-"`          // of a program that runs the node within itself
}

// Duration is a duration as text, "30s".
type Duration time.Duration

// UnmarshalText reads Go's form.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// MarshalText writes Go's form.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// LoadConfig reads a configuration file, checks it, and fills in defaults and full paths.
func LoadConfig(path string) (*Config, error) {
	config, err := ReadConfig(path)
	if err != nil {
		return nil, err
	}
	if err := config.complete(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	config.path = path
	return config, nil
}

// ReadConfig reads a configuration file as it is written; unknown keys are refused.
func ReadConfig(path string) (*Config, error) {
	config := &Config{}
	meta, err := toml.DecodeFile(path, config)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("configuration %s: unknown key %s", path, unknown[0])
	}
	return config, nil
}

func (c *Config) complete(dir string) error {
	if !c.Unit.Valid() {
		return fmt.Errorf("unit %q is not a unit's code (six digits, or nine for a station)", c.Unit)
	}
	c.Data = under(dir, c.Data)
	if c.Web.Cert != "" {
		c.Web.Cert, c.Web.Key = under(dir, c.Web.Cert), under(dir, c.Web.Key)
	}
	if err := c.Web.Check(); err != nil {
		return err
	}
	if c.Unlock.File != "" {
		c.Unlock.File = under(dir, c.Unlock.File)
	}
	if c.Testing.ClockFile != "" {
		c.Testing.ClockFile = under(dir, c.Testing.ClockFile)
	}
	for _, folders := range [][]string{c.Disk.Folders, c.Backup.Folders} {
		for i, folder := range folders {
			full, err := filepath.Abs(under(dir, folder))
			if err != nil {
				return err
			}
			folders[i] = full
		}
	}
	if c.Exchange.Address == "" {
		c.Exchange.Address = c.Exchange.Listen
	}
	if c.Exchange.Interval == 0 {
		c.Exchange.Interval = Duration(30 * time.Second)
	}
	switch c.Exchange.Parent {
	case "", "network", "disk":
	default:
		return fmt.Errorf("exchange.parent is %q, not network or disk", c.Exchange.Parent)
	}
	c.Database.Postgres = os.Expand(c.Database.Postgres, func(name string) string { return os.Getenv(name) })
	return nil
}

func under(dir, path string) string {
	if path == "" {
		path = "."
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Write saves the configuration for a new node.
func (c *Config) Write(path string) error {
	var text bytes.Buffer
	text.WriteString("# Huzheng: one node. Keys are explained in docs/guide/configuration.md.\n")
	encoder := toml.NewEncoder(&text)
	encoder.Indent = ""
	if err := encoder.Encode(c); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}

// Show prints the configuration with secrets hidden.
func (c *Config) Show() string {
	hidden := *c
	if hidden.Database.Postgres != "" {
		hidden.Database.Postgres = hidePassword(hidden.Database.Postgres)
	}
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(hidden); err != nil {
		return err.Error()
	}
	return text.String()
}

func hidePassword(dsn string) string {
	fields := strings.Fields(dsn)
	for i, f := range fields {
		if strings.HasPrefix(f, "password=") {
			fields[i] = "password=…"
		}
	}
	text := strings.Join(fields, " ")
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if user, host, ok := strings.Cut(rest, "@"); ok {
			name, _, _ := strings.Cut(user, ":")
			return scheme + "://" + name + ":…@" + host
		}
	}
	return text
}

// PassphraseVariable is the environment variable that unlocks the key file.
const PassphraseVariable = "HUZHENG_PASSPHRASE"

// Passphrase finds the passphrase: the environment's value, then the configured file, then ask.
func (c *Config) Passphrase(environment string, ask func() (string, error)) (string, error) {
	if environment != "" {
		return environment, nil
	}
	if c.Unlock.File != "" {
		text, err := os.ReadFile(c.Unlock.File)
		if err != nil {
			return "", fmt.Errorf("passphrase: %w", err)
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	}
	if ask == nil {
		return "", errors.New("no passphrase: set " + PassphraseVariable + ", or unlock.file in the configuration")
	}
	return ask()
}

// clock gives the time: the system's, or the testing file's.
func (c *Config) clock() func() time.Time {
	if c.Testing.Clock != nil {
		return c.Testing.Clock
	}
	if c.Testing.ClockFile == "" {
		return time.Now
	}
	return func() time.Time {
		text, err := os.ReadFile(c.Testing.ClockFile)
		if err != nil {
			return time.Time{}
		}
		at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
		if err != nil {
			return time.Time{}
		}
		return at
	}
}
