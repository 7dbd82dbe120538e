// Package sim is a CodeArts Check, with its gateway and its IAM, to rehearse
// and test against. It keeps the truth: what was asked, what took effect, and
// what was answered, apart from one another, for each task ID.
//
// It is a witness and must stay an independent one: it shares no code with the
// client it testifies about, and it promises only what the service documents.
// Where the documentation is silent a comment says that the behaviour is an
// assumption, and an option chooses another. A Profile is such options under a
// name: a whole service, as the real one may be.
//
// A request passes through five stations:
//
//	count      every request, before anything is decided about it
//	gateway    credential, then throttle; what is refused here reaches nobody
//	middlebox  if there is one, it answers some requests as if it were the service
//	fault      at most one, chosen for the ID or open at this moment
//	effect     the deletion itself, and the answer to it
//
// The paths below /sim/ are the operator's side: truth, revocation, outages,
// throttle and faults. They need no credential, are not counted, and are the
// reason why a Sim is served on loopback addresses alone.
package sim
