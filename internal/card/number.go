package card

import (
	"fmt"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// AcceptanceDigits is the length of an acceptance number (受理号, GA 214.4-2004).
const AcceptanceDigits = 22

// maxRunning is the highest running number of a day (five digits).
const maxRunning = 99999

// restoreGap is what running numbers skip to after a restore: slips of the lost tail may be in people's hands.
const restoreGap = 1000

// AcceptanceNumber is 22 digits: division (6), station (3), day (8), running number of the day from 00001 (5); GA 214.4-2004.
func AcceptanceNumber(station event.Unit, day citizen.Date, running int) string {
	return fmt.Sprintf("%s%s%05d", station, day.Compact(), running)
}

// ParseAcceptance takes an acceptance number apart.
func ParseAcceptance(s string) (station event.Unit, day citizen.Date, running int, ok bool) {
	if len(s) != AcceptanceDigits {
		return "", citizen.Date{}, 0, false
	}
	station = event.Unit(s[:9])
	day, err := citizen.ParseDate(s[9:17])
	if err != nil || station.Level() != event.Station {
		return "", citizen.Date{}, 0, false
	}
	n, err := strconv.ParseUint(s[17:], 10, 32)
	if err != nil || n == 0 {
		return "", citizen.Date{}, 0, false
	}
	return station, day, int(n), true
}

// LastNumber is the highest running number of a day and the generation that reserved it; zero at the start of a day.
type LastNumber struct {
	Running    int
	Generation int
}

// NextRunning is the next running number of a day. After a restore (a newer generation on the same day) it skips to the
// next thousand, for the numbers that the lost tail reserved are unknown here.
func NextRunning(last LastNumber, generation int) (int, error) {
	next := last.Running + 1
	if last.Running > 0 && generation > last.Generation {
		next = (last.Running/restoreGap+1)*restoreGap + 1
	}
	if next > maxRunning {
		return 0, refuse("card.numbers_used_up", "GA 214.4-2004", "当日受理号已用完", "the day's acceptance numbers are used up",
			"次日再受理", "accept the application on the next day")
	}
	return next, nil
}
