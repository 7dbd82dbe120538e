package policy

import "strings"

// Error codes are a service and a number, SERVICE.NUMBER, sometimes followed by
// a suffix that repeats an HTTP status: CC.00070400.500. Rows name them by
// patterns of three forms:
//
//	CC.00050010   that number, with or without a suffix
//	*.0308        that number of any service
//	CC            any code of that service
//
// The last names a family and no code. The services APIGW (the gateway shared by the
// cloud's own services) and APIG (customers' gateways) use the same numbers and count as
// one.

// codeMatches reports whether code is one of those that pattern names.
func codeMatches(pattern, code string) bool {
	wantService, wantNumber, _ := strings.Cut(pattern, ".")
	service, number, _ := strings.Cut(code, ".")
	if !sameService(wantService, service) {
		return false
	}
	if wantNumber == "" {
		return number != "" // a service without a number is no code of that service
	}
	suffix, ok := strings.CutPrefix(number, wantNumber)
	return ok && (suffix == "" || suffix[0] == '.')
}

func sameService(pattern, service string) bool {
	return pattern == service || pattern == "*" || (isGateway(pattern) && isGateway(service))
}

func isGateway(service string) bool { return service == "APIGW" || service == "APIG" }

// isService reports whether code belongs to the service given.
func isService(code, service string) bool {
	return code != "" && codeMatches(service, code)
}

// RejectsAtGateway reports whether the gateway rejected the credential of a request, before
// the service saw it.
func RejectsAtGateway(rl Ruling) bool {
	return rl.Verdict == Auth && rl.Code != "" && !isService(rl.Code, "CC")
}

// namesCode reports whether pattern names a code and not a family of them.
func namesCode(pattern string) bool { return strings.Contains(pattern, ".") }

// validPattern reports whether pattern has one of the three forms, or is empty.
func validPattern(pattern string) bool {
	service, number, dotted := strings.Cut(pattern, ".")
	if strings.ContainsAny(pattern, " \t\r\n") || strings.Contains(number, "*") {
		return false
	}
	if service == "*" || strings.Contains(service, "*") {
		return service == "*" && number != ""
	}
	return pattern == "" || (service != "" && (number != "") == dotted)
}

// exampleCode returns a code that pattern matches. For a family it is an undefined one.
func exampleCode(pattern string) string {
	service, number, _ := strings.Cut(pattern, ".")
	if service == "*" {
		service = "APIGW"
	}
	if number == "" {
		number = "99999999"
	}
	return service + "." + number
}
