// Command where says what it was built for.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	fmt.Println(runtime.GOOS + "/" + runtime.GOARCH)
}
