package road

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/campaign/planted"
)

// plant copies the network station's node once for each fault, plants it, and asks the checks that prove uses.
func (d *Demo) plant(ctx context.Context, summary *Summary) error {
	for i, f := range planted.Faults {
		dir := filepath.Join(d.Dir, fmt.Sprintf("planted-%d", i))
		if _, err := d.command(ctx, nil, "backup", dir, "-c", d.networks.config()); err != nil {
			return err
		}
		found, err := f.Try(ctx, dir, passphrase, networkUnit)
		if err != nil {
			return err
		}
		summary.PlantedFaults++
		if found {
			summary.PlantedFound++
		}
	}
	return nil
}
