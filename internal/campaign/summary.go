package campaign

// Summary is what a leader reads in the end, and what demo and campaign print.
type Summary struct {
	Residents          int     `json:"residents"`
	Accepted           int     `json:"accepted"`
	Made               int     `json:"made"`
	HandedOver         int     `json:"handed_over"`
	Returned           int     `json:"returned"`
	FeesFen            int64   `json:"fees_fen"`
	RemittedFen        int64   `json:"remitted_fen"`
	Waived             int     `json:"waived"`
	ParcelsNetwork     int     `json:"parcels_network"`
	ParcelsDisk        int     `json:"parcels_disk"`
	ConservationErrors int     `json:"conservation_errors"`
	JournalErrors      int     `json:"journal_errors"`
	RebuildDifferences int     `json:"rebuild_differences"`
	SliceDifferences   int     `json:"slice_differences"`
	PlantedFaults      int     `json:"planted_faults"`
	PlantedFound       int     `json:"planted_found"`
	Births             int     `json:"births"`
	Moves              int     `json:"moves"`
	Deaths             int     `json:"deaths"`
	QuarantinedRows    int     `json:"quarantined_rows"`
	Seconds            float64 `json:"seconds"`

	Notes []string `json:"notes,omitempty"` // of what is not as it should be
}

// Sound tells whether everything that must be zero is, and every planted fault was found.
func (s *Summary) Sound() bool {
	return s.ConservationErrors+s.JournalErrors+s.RebuildDifferences+s.SliceDifferences == 0 && s.PlantedFound == s.PlantedFaults
}
