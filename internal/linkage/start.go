package linkage

import "math"

// What is known before any training: how often the items of one person's two registrations agree, and those of two persons'. They are round figures from what is
// published of registers (errors.csv of the project's references, the level of Chinese names' and birth dates' coincidence); training replaces them where it can.
var (
	startFamilyM     = [maxLevels]float64{.80, .03, .06, .04, .07}
	startDateM       = [maxLevels]float64{.90, .003, .02, .02, .015, .02, .007, .015}
	startDateU       = [maxLevels]float64{4e-5, 1.5e-5, 6e-5, 4e-4, 1.2e-3, 2.5e-4, .11, .888}
	startDateKinU    = [maxLevels]float64{5e-3, 5e-5, 2e-4, 1e-3, 5e-3, 2e-3, .6, .387}
	startNumberM     = [maxLevels]float64{.80, .03, .01, .03, .04, .02, .07}
	startNumberOffM  = [maxLevels]float64{.60, .08, .02, .01, .01, .06, .22}
	startNumberU     = [maxLevels]float64{2e-4, 3e-4, 3e-5, 2e-3, .3, .05, .65}
	startNumberOffU  = [maxLevels]float64{1e-7, 1e-6, 1e-7, 1e-7, 1e-6, 1e-4, 1}
	startNumberKinU  = [maxLevels]float64{1e-6, 1e-5, 1e-6, 1e-6, 1e-4, .1, .9}
	startNameM       = [maxLevels]float64{.88, .01, .035, .03, .006, .012, .01, .003, .006, .004, .004}
	startNameU       = [maxLevels]float64{2e-5, 1e-6, 3e-5, 3e-5, 6e-5, 1.2e-3, 3e-4, 1e-5, 3e-4, .055, .943}
	startNameKinU    = [maxLevels]float64{1e-5, 1e-6, 1e-3, 1e-2, 6e-3, .2, 1e-3, 1e-4, 1e-2, .5, .27}
	startSexM        = [maxLevels]float64{.997, .003}
	startSexU        = [maxLevels]float64{.5, .5}
	startSexAlikeU   = [maxLevels]float64{.9, .1}
	startPlaceM      = [maxLevels]float64{.93, .03, .04}
	startPlaceU      = [maxLevels]float64{.15, .25, .6}
	startPlaceNearU  = [maxLevels]float64{.85, .08, .07}
	startSpouseM     = [maxLevels]float64{.93, .02, .05}
	startSpouseU     = [maxLevels]float64{1e-7, 1e-6, 1}
	startAddressM    = [maxLevels]float64{.08, .07, .85}
	startAddressU    = [maxLevels]float64{2e-6, 2e-3, .998}
	startAddressKinU = [maxLevels]float64{.7, .05, .25}
)

// duplicates is how many registrations of a thousand are thought to be of a person who has another: 3.067 million of 1.3 billion were found in 2014 to 2017, by then
// after years of cleaning (Xinhua, 2017-04-27).
const duplicates = 3.0

// startTables are m and u before training, for so many registrations.
func startTables(registrations int) (m, u tables) {
	m, u = newTables(), newTables()
	n := float64(max(registrations, 100))
	m[Family][0], u[Family][0] = startFamilyM, [maxLevels]float64{.8 / n, .1 / n, 1.5 / n, 1e-6, 1}
	m[Date], u[Date] = table{startDateM, startDateM}, table{startDateU, startDateKinU}
	m[Address], u[Address] = table{startAddressM, startAddressM}, table{startAddressU, startAddressKinU}
	for c := range m[Number] {
		m[Number][c], u[Number][c] = startNumberOffM, startNumberOffU
		if c >= dateKinds {
			u[Number][c] = startNumberKinU
		}
		if c%dateKinds == int(DateEqual) {
			m[Number][c], u[Number][c] = startNumberM, startNumberU
		}
	}
	for c := range m[Birthplace] {
		m[Birthplace][c], u[Birthplace][c] = startPlaceM, startPlaceU
		if c >= countiesKinds || c%countiesKinds == countiesEqual {
			u[Birthplace][c] = startPlaceNearU
		}
	}
	for c := range m[Name] {
		m[Name][c], u[Name][c] = startNameM, startNameU
		if c >= datesKinds {
			u[Name][c] = startNameKinU
		}
	}
	m[Sex], u[Sex] = table{startSexM, startSexM}, table{startSexU, startSexAlikeU}
	m[Spouse][0], u[Spouse][0] = startSpouseM, startSpouseU
	return m.shares(&m, 1), u.shares(&u, 1)
}

// allPairs is the number of pairs of so many registrations.
func allPairs(n int) float64 { return max(1, float64(n)*float64(n-1)/2) }

// priorOf is the prior, in bits, of so many expected pairs of one person.
func priorOf(expected float64, registrations int) float64 {
	return math.Log2(expected / allPairs(registrations))
}
