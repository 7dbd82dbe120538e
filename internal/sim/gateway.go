package sim

import (
	"net/http"
	"strconv"
	"time"
)

// gateway decides whether a request gets through to the service. IAM stands
// beside the gateway, and so do paths that it does not know.
func (s *Sim) gateway(x *exchange) (rep reply, refused bool) {
	if x.op == OpLogin || x.op == opUnknown {
		return reply{}, false
	}
	if s.opt.RequireAuth {
		if rep, refused = s.authenticate(x); refused {
			return rep, true
		}
	}
	// The limit is of the gateway's machine: its window goes by the true clock,
	// whatever the service believes the time to be.
	if l := s.throttle.Load(); l != nil {
		if wait, ok := l.admit(time.Now()); !ok {
			return l.refusal(wait, x.requestID), true
		}
	}
	return reply{}, false
}

// authenticate lets a request through whose credential is good. A signed
// request is judged by its signature alone. The codes are those of the table of
// gateway errors; that a revoked token is found by the service, not by the
// gateway, is an assumption, and gives clients both kinds of 401 to tell apart.
func (s *Sim) authenticate(x *exchange) (rep reply, refused bool) {
	if x.r.Header.Get("Authorization") != "" {
		if err := s.verify(x.r); err != nil {
			return x.unauthorized("APIGW.0301", "Incorrect IAM authentication information: "+err.Error()), true
		}
		return reply{}, false
	}
	value := x.r.Header.Get("X-Auth-Token")
	if value == "" {
		return x.unauthorized("APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found"), true
	}
	t, known := s.tokens.find(value)
	switch {
	case !known:
		return x.unauthorized("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"), true
	case t.revoked:
		return coded(http.StatusUnauthorized, codeExpired, "authentication information expired"), true
	case !s.now().Before(t.expires):
		return x.unauthorized("APIGW.0307", "The token must be updated"), true
	}
	return reply{}, false
}

// unauthorized is a 401 of the gateway.
func (x *exchange) unauthorized(code, msg string) reply {
	return gatewayError(http.StatusUnauthorized, code, msg, x.requestID)
}

// SetThrottle replaces the gateway's limit and begins a new window.
func (s *Sim) SetThrottle(t Throttle) error {
	if err := t.validate(); err != nil {
		return err
	}
	if t.Limit <= 0 {
		s.throttle.Store(nil)
		return nil
	}
	if t.Window == 0 {
		t.Window = time.Minute
	}
	s.throttle.Store(&limiter{Throttle: t})
	return nil
}

// refusal is the 429 of a throttled call. A Retry-After is rounded up to the
// whole second that the header can say.
func (l *limiter) refusal(wait time.Duration, requestID string) reply {
	rep := gatewayError(http.StatusTooManyRequests, "APIGW.0308", l.text(), requestID)
	if l.RetryAfter {
		seconds := int((wait + time.Second - 1) / time.Second)
		rep.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return rep
}
