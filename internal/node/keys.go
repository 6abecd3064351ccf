// Package node wires one unit's node from its configuration: keys, database, blobs, rooms, desks, exchange.
package node

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Keys is everything secret of a node. It is kept in one file, encrypted by age under a passphrase.
type Keys struct {
	Database []byte // encrypts the SQLite file
	Identity *exchange.Identity
}

// How much work it is to try a passphrase on a key file: age's work factor for scrypt (log2).
const (
	Work     = 15 // about 0.1 s, so that a node starts in under a second: the file lies on the same machine as the data, and the passphrase is the operator's choice
	DemoWork = 10 // of a demonstration, whose passphrase everybody knows
)

// keyFile is the plain form of the key file.
type keyFile struct {
	Format   string `json:"format"` // "huzheng-keys v1"
	Node     string `json:"node"`
	Signing  []byte `json:"signing"` // Ed25519 seed
	TLS      []byte `json:"tls"`     // Ed25519 seed
	Age      string `json:"age"`     // age identity
	Database []byte `json:"database"`
}

const keyFormat = "huzheng-keys v1"

// NewKeys makes the keys of a new node.
func NewKeys(unit event.Unit) (*Keys, error) {
	signing, err := journal.NewKey(unit)
	if err != nil {
		return nil, err
	}
	_, tlsKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	database := make([]byte, store.KeySize)
	if _, err := rand.Read(database); err != nil {
		return nil, err
	}
	return &Keys{Database: database, Identity: &exchange.Identity{Key: signing, TLS: tlsKey, Age: identity}}, nil
}

// Renew makes new exchange keys for a restored node; the database key stays, for the backup is encrypted under it.
func (k *Keys) Renew(unit event.Unit) (*Keys, error) {
	fresh, err := NewKeys(unit)
	if err != nil {
		return nil, err
	}
	fresh.Database = k.Database
	fresh.Identity.Age = k.Identity.Age // blobs at rest are encrypted to it
	return fresh, nil
}

// Save writes the key file durably, encrypted under the passphrase, with Work or DemoWork.
func (k *Keys) Save(path, passphrase string, work int) error {
	plain, err := json.Marshal(keyFile{Format: keyFormat, Node: k.Identity.Key.Node, Signing: k.Identity.Key.Seed(),
		TLS: k.Identity.TLS.Seed(), Age: k.Identity.Age.String(), Database: k.Database})
	if err != nil {
		return err
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return fmt.Errorf("node: passphrase: %w", err)
	}
	recipient.SetWorkFactor(work)
	return store.WriteDurably(store.OS{}, path, func(w io.Writer) error {
		sealed, err := age.Encrypt(w, recipient)
		if err != nil {
			return err
		}
		if _, err := sealed.Write(plain); err != nil {
			return err
		}
		return sealed.Close()
	})
}

// ErrPassphrase means that the key file does not open with the passphrase given.
var ErrPassphrase = errors.New("node: the passphrase does not open the key file")

// LoadKeys opens the key file.
func LoadKeys(path, passphrase string) (*Keys, error) {
	sealed, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("node: key file: %w", err)
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("node: passphrase: %w", err)
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrPassphrase, path)
	}
	var file keyFile
	if err := json.NewDecoder(plain).Decode(&file); err != nil || file.Format != keyFormat {
		return nil, fmt.Errorf("node: %s is not a key file of this version", path)
	}
	return file.keys()
}

func (f keyFile) keys() (*Keys, error) {
	signing, err := journal.RestoreKey(f.Node, f.Signing)
	if err != nil {
		return nil, err
	}
	if len(f.TLS) != ed25519.SeedSize {
		return nil, errors.New("node: damaged key file")
	}
	identity, err := age.ParseX25519Identity(f.Age)
	if err != nil {
		return nil, fmt.Errorf("node: damaged key file: %w", err)
	}
	return &Keys{Database: f.Database, Identity: &exchange.Identity{Key: signing, TLS: ed25519.NewKeyFromSeed(f.TLS), Age: identity}}, nil
}
