package sim

import (
	"net/http"
	"sync/atomic"
	"time"
)

// gateway stands between the clients and the service.
type gateway struct {
	opt      *Options
	iam      *iam
	throttle atomic.Pointer[limiter] // nil admits all
}

// refuses decides whether a request gets through to the service. IAM stands
// beside the gateway, and so do paths that it does not know.
func (g *gateway) refuses(x *exchange) (rep reply, refused bool) {
	if x.op == OpLogin || x.op == opUnknown {
		return reply{}, false
	}
	if g.opt.RequireAuth {
		if rep, refused = g.authenticate(x); refused {
			return rep, true
		}
	}
	if x.op == OpIAM {
		return reply{}, false
	}
	// The limit is of the gateway's machine: its window follows the true clock,
	// whatever the service believes the time to be.
	if l := g.throttle.Load(); l != nil {
		return g.limits(l, x)
	}
	return reply{}, false
}

// limits decides by the limits whether a request gets through, when it is its turn.
func (g *gateway) limits(l *limiter, x *exchange) (rep reply, refused bool) {
	a := l.admit(time.Now())
	if !a.OK {
		x.wait(l.Hold)
		rep = l.refusal(a, g.opt.now(), x.requestID)
		l.tell(rep.header, a)
		return rep, true
	}
	x.admission.limiter = l
	l.tell(x.w.Header(), a)
	x.wait(a.Wait)
	return reply{}, false
}

// authenticate lets a request through whose credential is good. A signed
// request is judged by its signature alone. The codes are those of the table of
// gateway errors; that a revoked token is found by the service, not by the
// gateway, is an assumption, and gives clients both kinds of 401 to tell apart.
func (g *gateway) authenticate(x *exchange) (rep reply, refused bool) {
	if x.r.Header.Get("Authorization") != "" {
		if err := g.iam.judgeSignature(x.r); err != nil {
			return x.unauthorized("APIGW.0301", "Incorrect IAM authentication information: "+err.Error()), true
		}
		return reply{}, false
	}
	value := x.r.Header.Get("X-Auth-Token")
	if value == "" {
		return x.unauthorized("APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found"), true
	}
	t, known := g.iam.tokens.find(value)
	switch {
	case !known, g.opt.now().Before(t.starts):
		return x.unauthorized("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"), true
	case t.revoked, !t.dies.IsZero() && !g.opt.now().Before(t.dies):
		return coded(http.StatusUnauthorized, codeExpired, "authentication information expired"), true
	case !g.opt.now().Before(t.expires):
		return x.unauthorized("APIGW.0307", "The token must be updated"), true
	}
	return reply{}, false
}

// unauthorized is a 401 of the gateway.
func (x *exchange) unauthorized(code, msg string) reply {
	return gatewayError(http.StatusUnauthorized, code, msg, x.requestID)
}

// SetThrottle replaces the gateway's limit and begins a new window.
func (g *gateway) SetThrottle(t Throttle) error {
	if err := t.validate(); err != nil {
		return err
	}
	g.throttle.Store(newLimiter(t, time.Now(), g.opt.Seed))
	return nil
}
