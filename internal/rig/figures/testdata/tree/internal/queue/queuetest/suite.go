// Package queuetest is a suite of tests, and no part of the product.
package queuetest

type suite struct{ a, b, c, d, e, f, g, h, i, j, k int }

func (suite) one()   {}
func (suite) two()   {}
func (suite) three() {}
func (suite) four()  {}
