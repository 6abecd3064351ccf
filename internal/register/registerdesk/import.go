package registerdesk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
)

// ChunkInput names chunks of one file whose blobs, made by register.NewChunk, are stored here. Several in one act cost far less than
// several acts.
type ChunkInput struct {
	Unit       event.Unit   `json:"unit"` // the station whose residents they are
	SourceFile string       `json:"source_file"`
	SourceKind string       `json:"source_kind"` // form, booklet, card, computer, citizen
	Chunks     []NamedChunk `json:"chunks"`
}

// NamedChunk is a chunk's name for people, as file and number, and its blob.
type NamedChunk struct {
	Name string `json:"name"`
	Blob string `json:"blob"`
}

// MaxChunks bounds the chunks of one act.
const MaxChunks = 30

// ChunkOutput says what was imported.
type ChunkOutput struct {
	Chunks []string `json:"chunks"`
	Lines  int      `json:"lines"`
}

// ImportChunk brings chunks of an old database into a station's stream (walk 6). Nothing is refused for what the records say;
// the same chunk twice is.
func ImportChunk(ctx context.Context, w *office.Work, in ChunkInput) (out ChunkOutput, err error) {
	if err := w.Below(in.Unit); err != nil {
		return out, err
	}
	if err := checkChunks(in); err != nil {
		return out, err
	}
	names := make([]string, len(in.Chunks))
	for i, c := range in.Chunks {
		names[i] = "chunk:" + c.Blob
	}
	if err := w.Lock(ctx, names...); err != nil {
		return out, err
	}
	for _, c := range in.Chunks {
		body, err := importOne(ctx, w, in, c)
		if err != nil {
			return out, err
		}
		out.Chunks, out.Lines = append(out.Chunks, body.Chunk), out.Lines+body.Lines
		w.Emit(event.Event{Stream: event.Up(in.Unit), Kind: register.KindChunkImported, V: 1, Subject: body.Chunk, Blobs: []string{c.Blob}, Body: body})
	}
	return out, nil
}

func importOne(ctx context.Context, w *office.Work, in ChunkInput, c NamedChunk) (body register.ChunkImported, err error) {
	known, ok, err := registerdb.ChunkByBlob(ctx, w.Tx, c.Blob)
	if err != nil {
		return body, err
	}
	if ok {
		return body, refuse("register.chunk_known", "", "该数据块已导入："+known.Name, "this chunk was imported already: "+known.Name,
			"无需再次导入", "there is nothing left to do")
	}
	if body, err = describe(w.Office.Blobs, c.Blob); err != nil {
		return body, err
	}
	body.Name, body.SourceFile, body.SourceKind, body.ImportedOn = c.Name, in.SourceFile, in.SourceKind, w.Today
	body.Chunk, err = mint()
	return body, err
}

func checkChunks(in ChunkInput) error {
	if in.Unit.Level() != event.Station {
		return refuse("register.chunk_unit", "", "数据块按派出所导入", "chunks are imported per station", "填写派出所代码", "name the station")
	}
	if !slices.Contains(register.SourceKinds, in.SourceKind) {
		return refuse("register.chunk_source", "", "记录来源应为常住表、户口簿、身份证、微机或本人申报之一", "the source is one of form, booklet, card, computer, citizen",
			"改正来源", "correct the source")
	}
	seen := make(map[string]bool)
	for _, c := range in.Chunks {
		seen[c.Blob] = true
	}
	if len(in.Chunks) == 0 || len(in.Chunks) > MaxChunks || len(seen) != len(in.Chunks) {
		return refuse("register.chunk_count", "", fmt.Sprintf("一次导入 1 至 %d 个不同的数据块", MaxChunks), fmt.Sprintf("1 to %d different chunks are imported at once", MaxChunks),
			"分次导入", "import them in several acts")
	}
	return nil
}

func describe(blobs *store.Blobs, digest string) (register.ChunkImported, error) {
	blob, err := blobs.Get(digest)
	if errors.Is(err, store.ErrNoBlob) {
		return register.ChunkImported{}, refuse("register.chunk_missing", "", "本节点没有该数据块的附件", "the chunk's blob is not stored here", "先存入附件", "store the blob first")
	}
	if err != nil {
		return register.ChunkImported{}, err
	}
	body, err := register.ChunkOf(digest, blob)
	if errors.Is(err, register.ErrChunk) {
		return body, refuse("register.chunk_unreadable", "", "数据块无法识读："+err.Error(), "the chunk cannot be read: "+err.Error(), "重新生成数据块", "make the chunk again")
	}
	return body, err
}
