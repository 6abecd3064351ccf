package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
)

type numberCommand struct {
	Check numberCheckCommand `cmd:"" help:"Check numbers, one a line (GB 11643)."`
}

type numberCheckCommand struct {
	File string `arg:"" optional:"" default:"-" help:"A file with one number a line; - reads standard input."`
	On   string `help:"Checking date, 2005-09-01; default: today." placeholder:"DATE"`
	JSON bool   `help:"One JSON object a line."`
}

// numberResult is a line of --json (design 8).
type numberResult struct {
	Number     string            `json:"number"`
	Valid      bool              `json:"valid"`
	Class      citizen.Class     `json:"class"`
	Messages   []citizen.Finding `json:"messages"`
	Division   string            `json:"division"`
	Birth      citizen.Date      `json:"birth"`
	Sex        citizen.Sex       `json:"sex"`
	Normalised string            `json:"normalised"`
}

// Run checks every line and ends with findings when one is not valid.
func (c *numberCheckCommand) Run(env *environment) error {
	on := citizen.DateOf(time.Now())
	if c.On != "" {
		var err error
		if on, err = citizen.ParseDate(c.On); err != nil {
			return useError{fmt.Errorf("--on: %w", err)}
		}
	}
	in := env.stdin
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return useError{err}
		}
		defer file.Close()
		in = file
	}
	return c.checkLines(env, in, on)
}

func (c *numberCheckCommand) checkLines(env *environment, in io.Reader, on citizen.Date) error {
	out := bufio.NewWriter(env.stdout)
	defer out.Flush()
	bad := false
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		check := citizen.CheckNumber(strings.TrimSuffix(lines.Text(), "\r"), citizen.NumberContext{On: on})
		bad = bad || !check.Valid
		if err := c.show(out, check); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if bad {
		return errFindings
	}
	return nil
}

func (c *numberCheckCommand) show(out io.Writer, check citizen.NumberCheck) error {
	if c.JSON {
		messages := check.Findings
		if messages == nil {
			messages = []citizen.Finding{}
		}
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(numberResult{Number: check.Input, Valid: check.Valid, Class: check.Class, Messages: messages,
			Division: check.Division, Birth: check.Birth, Sex: check.Sex, Normalised: check.Normalised})
	}
	verdict := "有效 valid"
	if !check.Valid {
		verdict = "无效 refused"
	}
	fmt.Fprintf(out, "%s\t%s\t%s\n", check.Input, verdict, check.Class)
	if check.Valid {
		fmt.Fprintf(out, "\t%s\t%s\t%s\n", check.DivisionName, check.Birth, check.Sex)
	}
	for _, f := range check.Findings {
		fmt.Fprintf(out, "\t%s: %s / %s\n", f.Class, f.Text.ZH, f.Text.EN)
	}
	return nil
}
