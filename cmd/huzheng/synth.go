package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
	"github.com/huzheng/huzheng/internal/synth/portrait"
)

type synthCommand struct {
	Residents int     `help:"Registered people." default:"20000"`
	Seed      uint64  `help:"The same seed makes the same city." default:"1"`
	Stations  int     `help:"Police stations; default: one for about 29,000 residents, at least six." default:"0"`
	Errors    float64 `help:"Factor on the assumed rates of errors; 0: none." default:"1"`
	Rates     string  `help:"How many of 100,000 carry each kind of error: CSV kind,per_100000, over the assumed rates." placeholder:"FILE"`
	Doubles   float64 `help:"So many percent of the registered are registered twice, instead of the assumed 0.41." default:"0" placeholder:"PERCENT"`
	Format    string  `help:"Of the five person files." enum:"csv,dbf,xlsx" default:"csv"`
	Encoding  string  `help:"Of CSV files." enum:"utf-8,gb18030" default:"utf-8"`
	Faces     int     `help:"So many drawn faces besides, in the folder faces, with faces.csv: what is true of each." default:"0"`
	Out       string  `required:"" help:"A new or empty folder." placeholder:"DIR"`
	Force     bool    `help:"Write into a folder that holds something."`
	JSON      bool    `help:"Print one JSON document."`
}

// Run writes the city, its five records and their truth.
func (c *synthCommand) Run(env *environment) error {
	if c.Faces < 0 || c.Faces > maxFaces {
		return useError{fmt.Errorf("--faces: 0 to %d", maxFaces)}
	}
	rates, err := c.rates()
	if err != nil {
		return useError{err}
	}
	city, err := synth.NewCity(synth.CityConfig{Seed: c.Seed, Residents: c.Residents, Stations: c.Stations, Errors: c.Errors, Rates: rates})
	if err != nil {
		return useError{err}
	}
	if err := c.folder(); err != nil {
		return err
	}
	started := time.Now()
	options := synth.WriteOptions{Kind: personfile.Kind(c.Format), Encoding: personfile.Encoding(c.Encoding), Progress: env.progress("合成 made")}
	written, err := city.Write(env.ctx, c.create, options)
	if err == nil && c.Faces > 0 {
		err = c.faces()
	}
	if err != nil {
		return err
	}
	return env.print(c.JSON, written, func(w io.Writer) {
		fmt.Fprintf(w, "%s: 派出所 stations %d, 人口 residents %d, 微机记录 computer records %d, 埋设 truth rows %d, %.1f s\n", c.Out, written.Stations,
			written.Residents, written.Records["computer"], written.Truth, time.Since(started).Seconds())
	})
}

// rates are the assumed ones, what a file says over them, and the share of double registrations.
func (c *synthCommand) rates() (synth.Rates, error) {
	rates := synth.DefaultRates()
	if c.Rates != "" {
		file, err := os.Open(c.Rates)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if rates, err = synth.ParseRates(file); err != nil {
			return nil, fmt.Errorf("--rates %s: %w", c.Rates, err)
		}
	}
	if c.Doubles < 0 || c.Doubles > 10 {
		return nil, errors.New("--doubles: 0 to 10")
	}
	if c.Doubles > 0 {
		rates = rates.Duplicated(c.Doubles)
	}
	return rates, nil
}

// folder makes the folder, and refuses one that holds something.
func (c *synthCommand) folder() error {
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return useError{err}
	}
	entries, err := os.ReadDir(c.Out)
	if err != nil {
		return useError{err}
	}
	if len(entries) > 0 && !c.Force {
		return useError{fmt.Errorf("--out %s: %w; take another folder, or --force", c.Out, errNotEmpty)}
	}
	return nil
}

var errNotEmpty = errors.New("the folder is not empty")

func (c *synthCommand) create(name string) (io.WriteCloser, error) {
	return os.OpenFile(filepath.Join(c.Out, name), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
}

const maxFaces = 10_000

// faces writes the pool of drawn faces and its truth.
func (c *synthCommand) faces() error {
	if err := os.MkdirAll(filepath.Join(c.Out, "faces"), 0o700); err != nil {
		return err
	}
	table, err := c.create("faces.csv")
	if err != nil {
		return err
	}
	defer table.Close()
	out := csv.NewWriter(table)
	if err := out.Write(strings.Split("file,defect,width,height,left_pupil_x,left_pupil_y,right_pupil_x,right_pupil_y,chin_x,chin_y,hair_top_x,hair_top_y,"+
		"left_ear_x,left_ear_y,right_ear_x,right_ear_y,tilt_degrees,sex,age,glasses", ",")); err != nil {
		return err
	}
	for _, p := range portrait.Pool(c.Seed, c.Faces) {
		name := "faces/" + p.Name + ".jpg"
		if err := os.WriteFile(filepath.Join(c.Out, filepath.FromSlash(name)), p.JPEG, 0o600); err != nil {
			return err
		}
		if err := out.Write(faceRow(name, &p.Truth)); err != nil {
			return err
		}
	}
	out.Flush()
	return errors.Join(out.Error(), table.Close())
}

func faceRow(name string, t *portrait.Truth) []string {
	row := []string{name, string(t.Defect)}
	for _, p := range []portrait.Point{t.Size, t.LeftPupil, t.RightPupil, t.Chin, t.HairTop, t.LeftEar, t.RightEar} {
		row = append(row, strconv.FormatFloat(p.X, 'f', 1, 64), strconv.FormatFloat(p.Y, 'f', 1, 64))
	}
	sex := citizen.Male
	if t.Female {
		sex = citizen.Female
	}
	return append(row, strconv.FormatFloat(t.TiltDegree, 'f', 2, 64), string(sex), strconv.Itoa(t.Age), strconv.FormatBool(t.Glasses))
}
