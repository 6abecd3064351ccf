package campaign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/campaign/planted"
	"golang.org/x/sync/errgroup"
)

// plantFaults copies the first station's node once for each fault, plants it, and asks the very checks that the proof used.
func (c *Campaign) plantFaults(ctx context.Context, s *Summary) error {
	first := c.stations()[0]
	found, planned := make([]bool, len(planted.Faults)), make([]bool, len(planted.Faults))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(plantedAtOnce)
	for i, f := range planted.Faults {
		group.Go(func() (err error) {
			dir := filepath.Join(c.Dir, fmt.Sprintf("planted-%d", i))
			if err := first.at.node.Backup(ctx, dir, first.at.config()); err != nil {
				return err
			}
			found[i], err = f.Try(ctx, dir, Passphrase, first.code)
			planned[i] = !errors.Is(err, planted.ErrNothing)
			if planned[i] && (err != nil || !found[i]) {
				return err
			}
			return os.RemoveAll(dir)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, f := range planted.Faults {
		if !planned[i] { // a short play: nothing of the kind has happened yet
			continue
		}
		s.PlantedFaults++
		if found[i] {
			s.PlantedFound++
			continue
		}
		s.note("not found: " + f.Name)
	}
	return nil
}

// plantedAtOnce bounds the copies that are looked at side by side.
const plantedAtOnce = 2
