package photo

import (
	"cmp"
	"encoding/hex"
	"errors"
	"math/bits"
	"slices"

	"github.com/huzheng/huzheng/internal/photo/pico"
)

// Hash is a perceptual hash of a face: pictures of different bytes that look the same differ in few of its 256 bits.
type Hash [4]uint64

// MarshalText writes it in hexadecimal.
func (h Hash) MarshalText() ([]byte, error) {
	out := make([]byte, 0, 64)
	for _, word := range h {
		var b [8]byte
		for i := range b {
			b[i] = byte(word >> (56 - 8*i))
		}
		out = hex.AppendEncode(out, b[:])
	}
	return out, nil
}

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != 32 {
		return errors.New("photo: a hash has 64 hexadecimal digits")
	}
	for i := range h {
		h[i] = 0
		for _, v := range b[8*i : 8*i+8] {
			h[i] = h[i]<<8 | uint64(v)
		}
	}
	return nil
}

// Distance is the number of bits that differ.
func (h Hash) Distance(o Hash) int {
	return bits.OnesCount64(h[0]^o[0]) + bits.OnesCount64(h[1]^o[1]) + bits.OnesCount64(h[2]^o[2]) + bits.OnesCount64(h[3]^o[3])
}

// hashOf compares the mean luma of neighbouring fields of a grid that lies on the pupils, from the hair to the clothes: so the same picture cropped or compressed otherwise has
// nearly the same hash.
func hashOf(g *pico.Grey, face *Face) (h Hash) {
	const across, down, flat = 17, 16, 3 // flat: levels that are grain and no difference
	var field [down][across]float64
	for j := range down {
		for i := range across {
			u, v := -1.7+3.4*(float64(i)+0.5)/across, -1.9+4.4*(float64(j)+0.5)/down
			field[j][i] = meanAround(g.Pix, g.Width, g.Height, face.at(u, v), int(face.Distance()/12)+1)
		}
	}
	for j := range down {
		for i := range across - 1 {
			if n := j*16 + i; field[j][i+1] > field[j][i]+flat {
				h[n/64] |= 1 << (63 - n%64)
			}
		}
	}
	return h
}

func meanAround(pix []uint8, w, h int, p Point, radius int) float64 {
	sum, n := 0, 0
	for y := max(int(p.Y)-radius, 0); y <= min(int(p.Y)+radius, h-1); y++ {
		for x := max(int(p.X)-radius, 0); x <= min(int(p.X)+radius, w-1); x++ {
			sum, n = sum+int(pix[y*w+x]), n+1
		}
	}
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

// Register holds the hashes of many pictures in memory, 32 bytes and an owner each, and finds those that are like a given one. It is not safe for
// use while something is added.
type Register struct {
	hashes []Hash
	owners []string
}

// Match is a picture of the register that is like the one asked for.
type Match struct {
	Owner    string `json:"owner"`
	Distance int    `json:"distance"` // bits
}

// Add puts a picture in; the owner is the person or the file that it belongs to.
func (r *Register) Add(owner string, h Hash) {
	r.hashes, r.owners = append(r.hashes, h), append(r.owners, owner)
}

// Len is the number of pictures.
func (r *Register) Len() int { return len(r.hashes) }

// Search finds the pictures that differ by most bits or fewer and belong to another owner, the likest first.
func (r *Register) Search(owner string, h Hash, most int) []Match {
	var out []Match
	for i := range r.hashes {
		if d := h.Distance(r.hashes[i]); d <= most && r.owners[i] != owner {
			out = append(out, Match{r.owners[i], d})
		}
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Owner, b.Owner))
	})
	return out
}

// LikeBits is up to how many bits two pictures are held for one (C27).
func LikeBits(p *Profile) int { return int(p.Limits["C27.distance"].Pass.Lo) - 1 }

// AddLike adds C27 to a report: how far the likest picture of another owner is.
func (r *Report) AddLike(p *Profile, like []Match) {
	f := Finding{Check: "C27", Measure: "distance", Title: say("与他人相片的差别", "difference to other people's pictures"), Unit: "bit", Limit: p.Limits["C27.distance"], Verdict: Pass}
	if len(like) > 0 {
		value := float64(like[0].Distance)
		f.Value, f.Verdict = &value, f.Limit.Judge(value)
		f.Advice = say("与 "+like[0].Owner+" 的相片相同：核对是否拿错，必要时重拍", "the same picture as "+like[0].Owner+": see whether they were swapped, take it again if so")
	}
	r.Findings = append(r.Findings, f)
	r.conclude()
}
