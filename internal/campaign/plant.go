package campaign

import "context"

func (c *Campaign) plantFaults(context.Context, *Summary) error { return nil }
