package suite_test

import (
	"fmt"

	"github.com/cofferstore/coffer/internal/bench/suite"
)

func ExampleAim() {
	cpu := suite.Aim{Max: 2} // at most twice the baseline's
	fmt.Println(cpu, cpu.Verdict(1.8), cpu.Verdict(2.3))
	// Output: <= 2 ok MISS
}
