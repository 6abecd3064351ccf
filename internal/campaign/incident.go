package campaign

import "context"

// incident is something that goes wrong on a day of the plan.
type incident struct {
	day int
	do  func(context.Context) error
}

func (c *Campaign) planIncidents() {}

func (c *Campaign) incidents(ctx context.Context) error {
	for _, one := range c.plan.breaks {
		if one.day == c.day {
			if err := one.do(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
