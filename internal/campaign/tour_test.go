package campaign

import (
	"errors"
	"testing"

	"github.com/huzheng/huzheng/internal/photo"
)

// TestSamplePhotographs: the one that a visitor sends first cannot be levelled and says why, the other passes.
func TestSamplePhotographs(t *testing.T) {
	pictures := samplePictures()
	var problem *photo.Problem
	if _, err := photo.Normalise(pictures["bad.jpg"], photo.Options{}); !errors.As(err, &problem) || problem.Code != "photo.tilted" {
		t.Errorf("the tilted one: %v", err)
	}
	if checked := photo.Check(pictures["good.jpg"], photo.Options{}); checked.Report.Verdict != photo.Pass {
		t.Errorf("the good one: %s %v", checked.Report.Verdict, checked.Report.Findings)
	}
}
