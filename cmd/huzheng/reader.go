package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/huzheng/huzheng/internal/card/chip"
	"github.com/huzheng/huzheng/internal/cardreader"
	"github.com/huzheng/huzheng/internal/citizen"
	"golang.org/x/sync/errgroup"
)

type readerCommand struct {
	Read     readerReadCommand     `cmd:"" help:"Read the card on a reader (docs/formats/reader.md)."`
	Simulate readerSimulateCommand `cmd:"" help:"Be a reader with a card on it, for tests, training and other people's software."`
}

// speeds of a serial line in bits a second.
var speeds = []int{115200, 57600, 38400, 19200, 9600}

type readerReadCommand struct {
	Port    string        `required:"" help:"A serial line, /dev/ttyUSB0, or a bridge, tcp:HOST:PORT."`
	Speed   int           `help:"Of a serial line: 115200, 57600, 38400, 19200, 9600." default:"115200"`
	Wait    time.Duration `help:"How long to wait for a card." default:"10s"`
	Photo   string        `help:"Write the chip's photograph to this file: 1,024 bytes in the ministry's own coding (WLT), as they are." placeholder:"FILE"`
	Against string        `help:"A record in JSON, as ordered: what the chip says otherwise is an error." placeholder:"FILE"`
	JSON    bool          `help:"One JSON object."`
}

// readCard is what reader read prints: the chip's record and what else the reader told.
type readCard struct {
	*chip.Record          // absent when it cannot be read as a resident's card
	Added        []string `json:"added_addresses,omitempty"`       // 追加住址, in the order of the chip
	AddedError   string   `json:"added_addresses_error,omitempty"` // why they could not be read
	SAM          string   `json:"sam_id,omitempty"`                // of the reader's module
	IIN          string   `json:"iin"`
	SN           string   `json:"sn"`
	Raw          string   `json:"chip_record"`     // the 256 bytes in hex, as card.hand_over takes them
	Photo        string   `json:"photo,omitempty"` // the file of --photo
	raw          *cardreader.Base
	Findings     []chip.Finding `json:"findings"`
}

// Run reads one card. A record with errors ends with findings, no card or no reader with a failure.
func (c *readerReadCommand) Run(env *environment) error {
	if !slices.Contains(speeds, c.Speed) {
		return useError{fmt.Errorf("--speed %d", c.Speed)}
	}
	port, err := openPort(env.ctx, c.Port, c.Speed)
	if err != nil {
		return cardreader.PortError(err)
	}
	defer port.Close()
	stop := context.AfterFunc(env.ctx, func() { port.Close() }) // an interrupt ends the waiting
	defer stop()
	card, err := c.read(env.ctx, cardreader.New(port, cardreader.Options{Now: time.Now}))
	if err != nil {
		return errors.Join(env.ctx.Err(), err)
	}
	if err := c.compare(env, card); err != nil {
		return err
	}
	if c.Photo != "" {
		if err := os.WriteFile(c.Photo, card.raw.Photo[:], 0o600); err != nil {
			return err
		}
		card.Photo = c.Photo
	}
	if err := env.print(c.JSON, card, card.show); err != nil {
		return err
	}
	if chip.Failed(card.Findings) {
		return errFindings
	}
	return nil
}

// compare holds the chip against the record that was ordered.
func (c *readerReadCommand) compare(env *environment, card *readCard) error {
	if c.Against == "" || card.Record == nil {
		return nil
	}
	n := 0
	flags := recordFlags{File: c.Against}
	return flags.each(env, asJSON, func(item *recordItem) error {
		if n++; n > 1 || item.Findings != nil {
			return useError{fmt.Errorf("%s: want one record in JSON", c.Against)}
		}
		card.Findings = append(card.Findings, chip.Compare(*card.Record, item.record)...)
		return nil
	})
}

// openPort connects to "tcp:HOST:PORT" or opens a serial line.
func openPort(ctx context.Context, name string, speed int) (cardreader.Port, error) {
	address, ok := strings.CutPrefix(name, "tcp:")
	if !ok {
		return openSerial(name, speed)
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// again are the errors after which the card is looked for once more: it was moved, or an answer was damaged.
var again = []string{"reader.no_card", "reader.not_selected", "reader.read_failed", "reader.random_failed", "reader.module_unknown",
	"reader.checksum", "reader.length", "reader.incomplete", "reader.noise", "reader.unexpected", "reader.module_checksum", "reader.module_length"}

// pause stands between two looks for a card.
const pause = 200 * time.Millisecond

// read waits for a card and reads it.
func (c *readerReadCommand) read(ctx context.Context, r *cardreader.Reader) (*readCard, error) {
	card := &readCard{Findings: []chip.Finding{}}
	switch number, err := r.SAM(); {
	case err == nil:
		card.SAM = number.String()
	case !slices.Contains(again, cardreader.CodeOf(err)) && cardreader.CodeOf(err) != "reader.module_command":
		return nil, err
	}
	for end := time.Now().Add(c.Wait); ; {
		err := card.readOnce(r)
		if err == nil {
			return card, nil
		}
		if !slices.Contains(again, cardreader.CodeOf(err)) || time.Now().Add(pause).After(end) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

func (card *readCard) readOnce(r *cardreader.Reader) error {
	iin, err := r.Find()
	if err != nil {
		return err
	}
	sn, err := r.Select()
	if err != nil {
		return err
	}
	if card.raw, err = twice(r.ReadBase); err != nil {
		return err
	}
	card.IIN, card.SN, card.Raw = hex.EncodeToString(iin[:]), hex.EncodeToString(sn[:]), hex.EncodeToString(card.raw.Text[:])
	record, found := chip.Check(card.raw.Text[:], chip.Context{})
	if card.Findings = append(card.Findings, found...); record != (chip.Record{}) {
		card.Record = &record
	}
	added, err := twice(r.ReadAddresses)
	card.AddedError = cardreader.CodeOf(err) // the card itself has been read; an old module may not know the command
	for _, raw := range added {
		if text := addressText(raw); text != "" {
			card.Added = append(card.Added, text)
		}
	}
	return nil
}

// twice asks again, while the card is still selected, when an answer was damaged on its way.
func twice[T any](ask func() (T, error)) (T, error) {
	answer, err := ask()
	switch cardreader.CodeOf(err) {
	case "reader.checksum", "reader.length", "reader.incomplete", "reader.noise", "reader.unexpected":
		return ask()
	}
	return answer, err
}

// addressText reads an added address: 35 units like those of the record.
func addressText(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i]) | uint16(raw[2*i+1])<<8
	}
	return strings.TrimRight(string(utf16.Decode(units)), " \x00")
}

// show prints the card for people.
func (card *readCard) show(w io.Writer) {
	if r := card.Record; r != nil {
		fmt.Fprintf(w, "姓名 name\t%s\n性别 sex\t%s\n民族 ethnic group\t%s\n出生 birth\t%s\n住址 address\t%s\n公民身份号码 citizen number\t%s\n签发机关 authority\t%s\n有效期限 validity\t%s - %s\n",
			r.Name, citizen.Sex(r.Sex).Text().ZH, groupWord(r.EthnicGroup), r.Birth, r.Address, r.Number, r.Authority, r.ValidFrom, r.ValidUntil)
	}
	for _, a := range card.Added {
		fmt.Fprintf(w, "追加住址 added address\t%s\n", a)
	}
	if card.AddedError != "" {
		fmt.Fprintf(w, "追加住址 added address\t未读出 not read: %s\n", card.AddedError)
	}
	if card.Photo != "" {
		fmt.Fprintf(w, "相片 photograph\t%s\t1024字节WLT，须用专用解码库显示 1,024 bytes of WLT; only the ministry's library can show it\n", card.Photo)
	}
	showFindings(w, &recordItem{Number: 1, Findings: card.Findings})
}

func groupWord(code string) string {
	if row, ok := citizen.EthnicGroups.ByCode(code); ok {
		return row.ZH
	}
	return code
}

type readerSimulateCommand struct {
	Listen  string        `xor:"line" required:"" help:"Serve TCP on this address; port 0 takes a free one." placeholder:"ADDR"`
	Pty     bool          `xor:"line" required:"" help:"Be a serial line (a pseudo-terminal)."`
	Record  string        `required:"" help:"The cards' records: JSON or 256 bytes. They are laid on one after the other." placeholder:"FILE"`
	Photo   string        `help:"The chip's photograph, 1,024 bytes; left out: bytes that say that there is none." placeholder:"FILE"`
	Address []string      `help:"An added address; may be given four times." placeholder:"TEXT"`
	Back    time.Duration `help:"A card that has been read is taken away, and the next laid on after this time; 0: never." default:"2s"`
	Ready   string        `help:"Write the port for reader read to this file as soon as it can be used." placeholder:"FILE"`
}

// Run serves until it is interrupted.
func (c *readerSimulateCommand) Run(env *environment) error {
	cards, err := c.cards(env)
	if err != nil {
		return err
	}
	module := cardreader.NewModule(time.Now, c.Back, cards...)
	if c.Pty {
		return c.serveLine(env, module)
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return useError{err}
	}
	stop := context.AfterFunc(env.ctx, func() { listener.Close() })
	defer stop()
	if err := c.ready(env, "tcp:"+listener.Addr().String()); err != nil {
		return err
	}
	return serveTCP(env.ctx, listener, module)
}

// maxHosts bounds the connections to a simulated reader.
const maxHosts = 16

func serveTCP(ctx context.Context, listener net.Listener, module *cardreader.Module) error {
	var group errgroup.Group
	group.SetLimit(maxHosts)
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return group.Wait()
			}
			return err
		}
		group.Go(func() error {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			defer conn.Close()
			_ = module.Serve(conn) // a host that goes away takes nothing with it
			return nil
		})
	}
}

func (c *readerSimulateCommand) serveLine(env *environment, module *cardreader.Module) error {
	line, name, err := openPty()
	if err != nil {
		return err
	}
	defer line.Close()
	stop := context.AfterFunc(env.ctx, func() { line.Close() })
	defer stop()
	if err := c.ready(env, name); err != nil {
		return err
	}
	if err := module.Serve(line); env.ctx.Err() == nil {
		return err
	}
	return nil
}

// ready says where the reader is.
func (c *readerSimulateCommand) ready(env *environment, port string) error {
	fmt.Fprintf(env.stdout, "%s\n", port)
	if c.Ready == "" {
		return nil
	}
	return os.WriteFile(c.Ready, []byte(port+"\n"), 0o600)
}

// noPhoto fills the photograph of a simulated card. It never begins as a real one does ("WL").
var noPhoto = bytes.Repeat([]byte("no photograph. "), 69)[:cardreader.PhotoSize]

// cards reads the records. They are laid on as they are, right or wrong, so that others' software can be tried with both.
func (c *readerSimulateCommand) cards(env *environment) ([]cardreader.Chip, error) {
	photo, addresses, err := c.extras()
	if err != nil {
		return nil, err
	}
	var cards []cardreader.Chip
	flags := recordFlags{File: c.Record}
	err = flags.each(env, asEither, func(item *recordItem) error {
		raw := item.raw
		if !item.binary {
			var found []chip.Finding
			if raw, found = chip.Encode(item.record, chip.Context{}); raw == nil {
				found = append(item.Findings, found...)
				return useError{fmt.Errorf("%s, %s: %s: %s", c.Record, item.place(), found[0].Code, found[0].Text.EN)}
			}
		}
		item.Findings = nil // bytes are laid on as they are
		if len(raw) != chip.Size {
			return useError{fmt.Errorf("%s: a record has 256 bytes, %s has %d", c.Record, item.place(), len(raw))}
		}
		card := cardreader.Chip{Addresses: addresses}
		copy(card.Text[:], raw)
		copy(card.Photo[:], photo)
		cards = append(cards, card)
		return nil
	})
	return cards, err
}

func (c *readerSimulateCommand) extras() (photo, addresses []byte, err error) {
	photo = noPhoto
	if c.Photo != "" {
		if photo, err = os.ReadFile(c.Photo); err != nil {
			return nil, nil, useError{err}
		}
	}
	if len(photo) != cardreader.PhotoSize {
		return nil, nil, useError{fmt.Errorf("%s: a chip's photograph has 1,024 bytes, not %d", c.Photo, len(photo))}
	}
	if len(c.Address) > 4 {
		return nil, nil, useError{errors.New("a card holds four added addresses")}
	}
	for _, text := range c.Address {
		units := utf16.Encode([]rune(text))
		if len(units) > cardreader.AddressSize/2 {
			return nil, nil, useError{fmt.Errorf("--address: %d units, an added address has 35", len(units))}
		}
		for i := range cardreader.AddressSize / 2 {
			u := uint16(' ')
			if i < len(units) {
				u = units[i]
			}
			addresses = append(addresses, byte(u), byte(u>>8))
		}
	}
	return photo, addresses, nil
}
