package chlocal

// Landlock starts as on a kernel with this version of it, 0: none.
func Landlock(o Options, version int) Options {
	o.landlock = func() int { return version }
	return o
}

// Unlimited lets every user do what the engine can do.
func Unlimited(o Options) Options {
	o.unlimited = true
	return o
}
