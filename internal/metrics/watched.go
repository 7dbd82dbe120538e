package metrics

// Watched are the metrics that are read from others at each scrape.
type Watched struct {
	pace     *pace
	ledger   *ledger
	verified *verification
}

func newWatched(f factory) *Watched {
	w := &Watched{pace: newPace(), ledger: newLedger(), verified: newVerification()}
	f.to.MustRegister(w.pace, w.ledger, w.verified)
	return w
}
