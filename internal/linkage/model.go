package linkage

import (
	"io"
	"iter"
)

// Model is what a pair is scored with: made by Train or StartModel, never changed by Link. docs/formats/linkage-model.md describes its file.
type Model struct {
	Name     string // for people
	Trained  int    // registrations that it was trained on; 0 for StartModel
	Digest   string // of the file's bytes, SHA-256 in hex; set by ReadModel and Train
	Source   string // digest of the packed registrations that it was trained on
	Keys     KeySet
	Cuts     Cuts
	Labelled bool // the calibration comes from clerks' decisions, not from the model's own expectation
	// weights, m, u, name frequencies and the calibration's bands follow, unexported
}

// Cuts divide the scores. A pair below Review is dropped, unless the two have one number or are of a multiple birth.
type Cuts struct {
	Proposal, Review Millibits
}

// BlockCap is how many registrations may share a key's value before the block is divided.
const BlockCap = 3000

// StartModel is the model before any training, from what is known of names and numbers: for files too small to train on.
func StartModel(registrations int) *Model { panic("later") }

// ReadModel reads a model's file; it refuses one that is damaged or of another version.
func ReadModel(r io.Reader) (*Model, error) { panic("later") }

// Write writes the model's file.
func (m *Model) Write(w io.Writer) error { panic("later") }

// Weight is one entry of a model's tables, for people who read it.
type Weight struct {
	Feature Feature
	Level   Level
	Given   string // what it depends on: "", "date=equal", "family", ...
	M, U    float64
	Weight  Millibits
}

// Weights lists all weights in a fixed order.
func (m *Model) Weights() iter.Seq[Weight] { panic("later") }

// Label is a clerk's decision about a pair that was scored.
type Label struct {
	Score Millibits
	Same  bool
}

// Calibrate returns a model whose probabilities follow decisions (isotonic regression) where there are enough of them; the scores stay.
func (m *Model) Calibrate(labels []Label) *Model { panic("later") }
