package main

import (
	"os"
	"syscall"
)

// notifyResize does nothing: Windows has no signal for it.
func notifyResize(chan<- os.Signal) {}

// forwarded are the signals that are meant for the program in the container.
func forwarded() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }
