package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/photo"
	"golang.org/x/sync/errgroup"
)

type photoCommand struct {
	Check     photoCheckCommand     `cmd:"" help:"Judge pictures by every check of the profile; nothing is changed."`
	Normalise photoNormaliseCommand `cmd:"" help:"Level, crop and scale camera pictures to the card's form, never retouching, and check the result."`
}

// photoFlags are shared by both commands.
type photoFlags struct {
	Files   []string `arg:"" help:"Pictures (JPEG, PNG), or folders of them."`
	Profile string   `help:"ga461-2004, social-security or 354x472." default:"ga461-2004" placeholder:"NAME"`
	Sheet   string   `help:"Write a contact sheet: one HTML page with every picture, its verdict and the reasons." placeholder:"FILE"`
	JSON    bool     `help:"One JSON object a line."`
}

type photoCheckCommand struct {
	photoFlags
}

type photoNormaliseCommand struct {
	photoFlags
	Out             string `help:"Folder for the results: NAME.jpg, and NAME.json that says what was done." required:"" placeholder:"DIR"`
	CleanBackground bool   `help:"Make nearly white wall pure white; recorded."`
	Force           bool   `help:"Write over files that are there."`
}

// photoLine is a line of --json.
type photoLine struct {
	File   string        `json:"file"`
	Out    string        `json:"out,omitempty"` // of normalise
	Record *photo.Record `json:"record,omitempty"`
	Like   []photo.Match `json:"like,omitempty"` // C27: other files of this run with the same picture
	photo.Report
}

// result is what a run keeps of one picture.
type photoResult struct {
	line  photoLine
	thumb []byte
}

// Run checks; a picture that fails ends with 1.
func (c *photoCheckCommand) Run(env *environment) error {
	profile, files, err := c.open()
	if err != nil {
		return err
	}
	return c.each(env, profile, files, func(name string, data []byte) (photoResult, error) {
		checked := photo.Check(data, photo.Options{Profile: profile, Name: name})
		return c.keep(photoLine{File: name, Report: checked.Report}, checked.Thumbnail), nil
	})
}

// keep makes a picture for the contact sheet only where there will be one.
func (f *photoFlags) keep(line photoLine, thumb func() []byte) photoResult {
	r := photoResult{line: line}
	if f.Sheet != "" {
		r.thumb = thumb()
	}
	return r
}

// Run writes the results; a picture that cannot be normalised, or fails afterwards, ends with 1.
func (c *photoNormaliseCommand) Run(env *environment) error {
	profile, files, err := c.open()
	if err != nil {
		return err
	}
	names, err := outNames(files)
	if err != nil {
		return useError{err}
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return useError{err}
	}
	return c.each(env, profile, files, func(name string, data []byte) (photoResult, error) {
		return c.one(profile, name, filepath.Join(c.Out, names[name]), data)
	})
}

func (c *photoNormaliseCommand) one(profile *photo.Profile, name, out string, data []byte) (photoResult, error) {
	options := photo.Options{Profile: profile, Name: name, CleanBackground: c.CleanBackground}
	n, err := photo.Normalise(data, options)
	if err != nil { // a picture that cannot be used: its report says why
		checked := photo.Check(data, options)
		r := c.keep(photoLine{File: name, Report: checked.Report}, checked.Thumbnail)
		var problem *photo.Problem
		if errors.As(err, &problem) && !slices.ContainsFunc(r.line.Problems, func(p *photo.Problem) bool { return p.Code == problem.Code }) {
			r.line.Problems = append(r.line.Problems, problem)
		}
		r.line.Findings = slices.DeleteFunc(r.line.Findings, func(f photo.Finding) bool { return f.Check == "C1" }) // it is no card picture yet
		r.line.Verdict = photo.Fail
		return r, nil
	}
	record, err := json.MarshalIndent(struct {
		Record photo.Record `json:"record"`
		Report photo.Report `json:"report"`
	}{n.Record, n.Check.Report}, "", "  ")
	if err != nil {
		return photoResult{}, err
	}
	if err := errors.Join(c.write(out+".jpg", n.JPEG), c.write(out+".json", append(record, '\n'))); err != nil {
		return photoResult{}, err
	}
	return c.keep(photoLine{File: name, Out: out + ".jpg", Record: &n.Record, Report: n.Check.Report}, func() []byte { return n.JPEG }), nil
}

// write makes a file whole or not at all.
func (c *photoNormaliseCommand) write(name string, data []byte) error {
	if _, err := os.Stat(name); err == nil && !c.Force {
		return useError{fmt.Errorf("%s is there already; --force writes over it", name)}
	}
	temporary := name + ".part"
	if err := os.WriteFile(temporary, data, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

// outNames gives each file its name in the output folder; two files of one name are refused.
func outNames(files []string) (map[string]string, error) {
	out, taken := make(map[string]string), make(map[string]string)
	for _, file := range files {
		base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		if other, ok := taken[base]; ok {
			return nil, fmt.Errorf("%s and %s would have the same name", other, file)
		}
		taken[base], out[file] = file, base
	}
	return out, nil
}

// open finds the profile and the pictures.
func (f *photoFlags) open() (*photo.Profile, []string, error) {
	profile, ok := photo.ProfileNamed(f.Profile)
	if !ok {
		return nil, nil, useError{fmt.Errorf("there is no profile %s", f.Profile)}
	}
	var files []string
	for _, name := range f.Files {
		info, err := os.Stat(name)
		if err != nil {
			return nil, nil, useError{err}
		}
		if !info.IsDir() {
			files = append(files, name)
			continue
		}
		err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && slices.Contains(pictureNames, strings.ToLower(filepath.Ext(path))) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	slices.Sort(files)
	files = slices.Compact(files)
	if len(files) == 0 {
		return nil, nil, useError{errors.New("there are no pictures")}
	}
	return profile, files, nil
}

// pictureNames are the files that are taken from a folder; named alone, any file is looked at.
var pictureNames = []string{".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic"}

// each works on all pictures, as many at once as the machine has processors, and reports them in the order of their names.
func (f *photoFlags) each(env *environment, profile *photo.Profile, files []string, work func(name string, data []byte) (photoResult, error)) error {
	results := make([]photoResult, len(files))
	done := make(chan int, len(files))
	group, ctx := errgroup.WithContext(env.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0) + 1)
	go func() {
		for i, name := range files {
			group.Go(func() error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				data, err := readPicture(name)
				if err == nil {
					results[i], err = work(name, data)
				}
				done <- i
				return err
			})
		}
		group.Wait()
		close(done)
	}()
	progress, n := env.progress("相片 photographs"), int64(0)
	for range done {
		if n++; progress != nil {
			progress(n)
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	compare(profile, results)
	return f.report(env, profile, results)
}

// readPicture reads a file, but little more than the engine takes.
func readPicture(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, useError{err}
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, photo.MaxBytes+1))
}

// compare looks for one picture under two names (C27): in a batch that is a swap or a double.
func compare(profile *photo.Profile, results []photoResult) {
	var register photo.Register
	for i := range results {
		if r := &results[i].line; r.Hash != (photo.Hash{}) {
			register.Add(r.File, r.Hash)
		}
	}
	for i := range results {
		r := &results[i].line
		if r.Hash != (photo.Hash{}) {
			r.Like = register.Search(r.File, r.Hash, photo.LikeBits(profile))
			r.AddLike(profile, r.Like)
		}
	}
}

func (f *photoFlags) report(env *environment, profile *photo.Profile, results []photoResult) error {
	failed := 0
	counts := make(map[photo.Verdict]int)
	for i := range results {
		line := &results[i].line
		counts[line.Verdict]++
		if line.Verdict == photo.Fail {
			failed++
		}
		if err := env.print(f.JSON, line, func(w io.Writer) { showPhoto(w, line) }); err != nil {
			return err
		}
	}
	if !f.JSON && len(results) > 1 {
		fmt.Fprintf(env.stdout, "%d 张 pictures: 合格 pass %d, 待人工确认 for a person %d, 不合格 fail %d\n", len(results), counts[photo.Pass], counts[photo.Warn], counts[photo.Fail])
	}
	if err := f.sheet(profile, results); err != nil {
		return err
	}
	if failed > 0 {
		return errFindings
	}
	return nil
}

func (f *photoFlags) sheet(profile *photo.Profile, results []photoResult) (err error) {
	if f.Sheet == "" {
		return nil
	}
	entries := make([]photo.SheetEntry, len(results))
	for i := range results {
		entries[i] = photo.SheetEntry{Name: results[i].line.File, Report: results[i].line.Report, JPEG: results[i].thumb}
	}
	file, err := os.Create(f.Sheet)
	if err != nil {
		return useError{err}
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return photo.WriteSheet(file, profile, entries)
}

func showPhoto(w io.Writer, l *photoLine) {
	label := l.Verdict.Label()
	fmt.Fprintf(w, "%s\t%s %s\n", l.File, label.ZH, label.EN)
	if l.Out != "" {
		fmt.Fprintf(w, "\t-> %s\n", l.Out)
	}
	for _, p := range l.Problems {
		fmt.Fprintf(w, "\t%s: %s。%s / %s: %s\n", p.Code, p.Text.ZH, p.Mend.ZH, p.Text.EN, p.Mend.EN)
	}
	for _, f := range l.Findings {
		if f.Verdict == photo.Warn || f.Verdict == photo.Fail {
			fmt.Fprintf(w, "\t%s %s %s%s: %s / %s\n", f.Check, f.Verdict, photo.Number(*f.Value), f.Unit, f.Advice.ZH, f.Advice.EN)
		}
	}
}
