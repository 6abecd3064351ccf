package journal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Key is a node's Ed25519 signing key under the node's name.
type Key struct {
	Node    string // the name in signed notes: huzheng-<unit>-<8 hex of the key's hash>
	private ed25519.PrivateKey
}

// NewKey makes a key for a node of the unit.
func NewKey(unit event.Unit) (*Key, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(public)
	return &Key{Node: fmt.Sprintf("huzheng-%s-%x", unit, sum[:4]), private: private}, nil
}

// RestoreKey brings back a key from its seed.
func RestoreKey(node string, seed []byte) (*Key, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("journal: a signing key's seed has 32 bytes")
	}
	return &Key{Node: node, private: ed25519.NewKeyFromSeed(seed)}, nil
}

// Seed is the secret part, for the node's key file.
func (k *Key) Seed() []byte { return k.private.Seed() }

// Public is the public key.
func (k *Key) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Verifier is the public key as a note verifier's text (C2SP signed-note).
func (k *Key) Verifier() string { return verifierText(k.Node, k.Public()) }

func verifierText(node string, public ed25519.PublicKey) string {
	text, err := note.NewEd25519VerifierKey(node, public)
	if err != nil { // only for a malformed name or key, which a Key cannot hold
		panic(err)
	}
	return text
}

// noteSigner signs as C2SP signed-note's Ed25519 does. note.NewSigner wants the private key as text; this keeps it here.
type noteSigner struct {
	key      *Key
	verifier note.Verifier
}

func (k *Key) signer() (noteSigner, error) {
	verifier, err := note.NewVerifier(k.Verifier())
	return noteSigner{key: k, verifier: verifier}, err
}

func (s noteSigner) Name() string    { return s.key.Node }
func (s noteSigner) KeyHash() uint32 { return s.verifier.KeyHash() }
func (s noteSigner) Sign(msg []byte) ([]byte, error) {
	return ed25519.Sign(s.key.private, msg), nil
}

func (k *Key) sign(text string) ([]byte, error) {
	signer, err := k.signer()
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: text}, signer)
}

// openNote checks a note's signature by the named verifier and returns its text.
func openNote(signed []byte, verifier string) (*note.Note, error) {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return nil, err
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Checkpoint is the signed size and root of a tree (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// Origin is a tree's name in checkpoints: it is never used by two trees.
func Origin(city event.Unit, stream event.Stream, generation int) string {
	return "huzheng/" + string(city) + "/" + string(stream) + "/" + strconv.Itoa(generation)
}

func (c Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// SignCheckpoint makes the signed note.
func (k *Key) SignCheckpoint(c Checkpoint) ([]byte, error) { return k.sign(c.text()) }

// OpenCheckpoint verifies a checkpoint by the signer's verifier text and reads it.
func OpenCheckpoint(signed []byte, verifier string) (Checkpoint, error) {
	n, err := openNote(signed, verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	return parseCheckpoint(n.Text)
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return Checkpoint{}, errors.New("journal: malformed checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, errors.New("journal: malformed checkpoint size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, errors.New("journal: malformed checkpoint root")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}, nil
}

// cosigner makes C2SP tlog-cosignature/v1 signatures, and verifies them.
type cosigner struct {
	node    string
	private ed25519.PrivateKey // nil: verifies only
	public  ed25519.PublicKey
	at      int64 // seconds
}

// cosignatureAlgorithm is the type byte of Ed25519 cosignature/v1.
const cosignatureAlgorithm = 4

func (c cosigner) Name() string { return c.node }

func (c cosigner) KeyHash() uint32 {
	sum := sha256.New()
	sum.Write([]byte(c.node + "\n"))
	sum.Write([]byte{cosignatureAlgorithm})
	sum.Write(c.public)
	return binary.BigEndian.Uint32(sum.Sum(nil))
}

func cosignedMessage(at int64, text []byte) []byte {
	return append([]byte("cosignature/v1\ntime "+strconv.FormatInt(at, 10)+"\n"), text...)
}

func (c cosigner) Sign(text []byte) ([]byte, error) {
	signature := binary.BigEndian.AppendUint64(nil, uint64(c.at))
	return append(signature, ed25519.Sign(c.private, cosignedMessage(c.at, text))...), nil
}

func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := int64(binary.BigEndian.Uint64(signature))
	return at >= 0 && ed25519.Verify(c.public, cosignedMessage(at, text), signature[8:])
}

// Cosign adds this node's cosignature, with its time in seconds, to a checkpoint that the caller has verified by the
// signer's verifier text. A second cosignature by the same node replaces the first.
func (k *Key) Cosign(signed []byte, verifier string, at int64) ([]byte, error) {
	n, err := openNote(signed, verifier)
	if err != nil {
		return nil, err
	}
	own := cosigner{node: k.Node, private: k.private, public: k.Public(), at: at}
	kept := n.UnverifiedSigs[:0]
	for _, s := range n.UnverifiedSigs {
		if s.Name != own.node || s.Hash != own.KeyHash() {
			kept = append(kept, s)
		}
	}
	n.UnverifiedSigs = kept
	return note.Sign(n, own)
}

// Cosigned verifies the cosignature of the node with the given verifier text and returns its time in seconds.
func Cosigned(signed []byte, verifier string) (at int64, err error) {
	node, public, err := parseVerifier(verifier)
	if err != nil {
		return 0, err
	}
	n, err := note.Open(signed, note.VerifierList(cosigner{node: node, public: public}))
	if err != nil {
		return 0, err
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || len(raw) < 12 {
		return 0, errors.New("journal: malformed cosignature")
	}
	return int64(binary.BigEndian.Uint64(raw[4:12])), nil
}

// parseVerifier reads name and key of a verifier text "<name>+<hash>+<base64(1 ‖ key)>".
func parseVerifier(text string) (node string, public ed25519.PublicKey, err error) {
	if _, err := note.NewVerifier(text); err != nil {
		return "", nil, err
	}
	parts := strings.SplitN(text, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return "", nil, errors.New("journal: malformed verifier key")
	}
	return parts[0], raw[1:], nil
}

// Certificate says which node speaks for a unit, with which keys; its parent signed it. The city's is its own.
type Certificate struct {
	Node      string     `json:"node"`
	Unit      event.Unit `json:"unit"`
	Verifier  string     `json:"verifier"`  // note verifier of the signing key
	TLS       string     `json:"tls"`       // hex SHA-256 of the TLS key's SubjectPublicKeyInfo
	Recipient string     `json:"recipient"` // age recipient that parcels for this node are encrypted to
	From      int64      `json:"from"`      // ms UTC
	Issuer    string     `json:"issuer"`    // node that signed
}

const certificateTitle = "huzheng-certificate v1"

// SignCertificate signs a certificate in the issuer's name.
func (k *Key) SignCertificate(c Certificate) ([]byte, error) {
	c.Issuer = k.Node
	return k.signJSON(certificateTitle, c)
}

// OpenCertificate verifies one certificate by its issuer's verifier text.
func OpenCertificate(signed []byte, issuer string) (Certificate, error) {
	var c Certificate
	err := openJSON(signed, issuer, certificateTitle, &c)
	return c, err
}

// OpenChain verifies a chain from a node up to the city, whose verifier text the caller trusts, and returns
// the certificates in the same order. Each issuer must speak for a superior of what it certifies.
func OpenChain(chain [][]byte, city string) ([]Certificate, error) {
	out := make([]Certificate, len(chain))
	issuer := city
	for i := len(chain) - 1; i >= 0; i-- {
		c, err := OpenCertificate(chain[i], issuer)
		if err != nil {
			return nil, fmt.Errorf("journal: certificate %d of the chain: %w", i, err)
		}
		if i < len(chain)-1 && (!out[i+1].Unit.Contains(c.Unit) || out[i+1].Unit == c.Unit) {
			return nil, fmt.Errorf("journal: %s may not certify a node of %s", out[i+1].Unit, c.Unit)
		}
		if i == len(chain)-1 && c.Verifier != city {
			return nil, errors.New("journal: the chain does not end at the city")
		}
		out[i], issuer = c, c.Verifier
	}
	if len(out) == 0 {
		return nil, errors.New("journal: empty chain")
	}
	return out, nil
}

// Closure ends a generation of a unit's trees: what its parent holds of each, and who hosts the next.
type Closure struct {
	Unit       event.Unit            `json:"unit"`
	Generation int                   `json:"generation"`
	Trees      map[event.Stream]Tree `json:"trees"` // a stream that is not listed is closed at size 0
	Next       string                `json:"next"`  // verifier text of the key that signs the next generation
	At         int64                 `json:"at"`    // ms UTC
	Issuer     string                `json:"issuer"`
}

// Tree is a size and its root, hex.
type Tree struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

const closureTitle = "huzheng-closure v1"

// SignClosure signs a closure in the issuer's name.
func (k *Key) SignClosure(c Closure) ([]byte, error) {
	c.Issuer = k.Node
	return k.signJSON(closureTitle, c)
}

// OpenClosure verifies a closure by its issuer's verifier text.
func OpenClosure(signed []byte, issuer string) (Closure, error) {
	var c Closure
	err := openJSON(signed, issuer, closureTitle, &c)
	return c, err
}

// SignStatement signs any other JSON under a title, as the exchange's states and admissions do.
func (k *Key) SignStatement(title string, v any) ([]byte, error) { return k.signJSON(title, v) }

// OpenStatement verifies and reads what SignStatement made.
func OpenStatement(signed []byte, verifier, title string, v any) error {
	return openJSON(signed, verifier, title, v)
}

func (k *Key) signJSON(title string, v any) ([]byte, error) {
	text, err := encode(v)
	if err != nil {
		return nil, err
	}
	return k.sign(title + "\n" + string(text) + "\n")
}

func openJSON(signed []byte, verifier, title string, v any) error {
	n, err := openNote(signed, verifier)
	if err != nil {
		return err
	}
	return parseJSON(n.Text, title, v)
}

func parseJSON(text, title string, v any) error {
	rest, ok := strings.CutPrefix(text, title+"\n")
	if !ok {
		return fmt.Errorf("journal: not a %s", title)
	}
	return json.Unmarshal([]byte(rest), v)
}

// Peek reads a signed statement without verifying it: to learn who claims to have issued it, before the right verifier is known.
func Peek(signed []byte, title string, v any) error {
	text, _, ok := bytes.Cut(signed, []byte("\n\n"))
	if !ok {
		return errors.New("journal: not a signed note")
	}
	return parseJSON(string(text)+"\n", title, v)
}

// PeekCertificate reads a certificate without verifying it.
func PeekCertificate(signed []byte) (Certificate, error) {
	var c Certificate
	err := Peek(signed, certificateTitle, &c)
	return c, err
}

// PeekClosure reads a closure without verifying it.
func PeekClosure(signed []byte) (Closure, error) {
	var c Closure
	err := Peek(signed, closureTitle, &c)
	return c, err
}
