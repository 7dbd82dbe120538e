package policy

// suspects are the IDs that were rejected in a pass, beside the answers that speak for
// them or against them. The zero value has none.
type suspects struct {
	clears  int64              // answers that have cleared
	accepts int64              // answers that have accepted the newest credential
	byID    map[int64]*suspect // by the ID's number
}

// suspect is an ID that was rejected in this pass.
type suspect struct {
	clears  int64 // at its first rejection
	accepts int64 // at its last rejection
	// contradicted says that the credential was accepted between its last two
	// rejections: then the last says nothing of the credential.
	contradicted bool
}

// suspect returns what is known of an ID that is rejected.
func (s *suspects) suspect(of Suspected) *suspect {
	if x := s.byID[of.Seq]; x != nil {
		return x
	}
	if s.byID == nil {
		s.byID = map[int64]*suspect{}
	}
	x := &suspect{clears: s.clears, accepts: s.accepts}
	s.byID[of.Seq] = x
	return x
}

// rejected notes that the credential was rejected with an ID.
func (s *suspects) rejected(of Suspected) {
	x := s.suspect(of)
	x.contradicted = s.accepts > x.accepts
	x.accepts = s.accepts
}

// proven reports whether an answer has cleared since the ID was rejected first.
func (s *suspects) proven(of Suspected) bool {
	x := s.byID[of.Seq]
	if x == nil {
		return of.Before && s.clears > 0
	}
	return s.clears > x.clears
}

// contradicted reports whether the last rejection of the ID says nothing of the
// credential.
func (s *suspects) contradicted(of Suspected) bool {
	x := s.byID[of.Seq]
	return x != nil && x.contradicted
}
