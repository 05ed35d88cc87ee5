package chlocal_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/mnaflow/mnaflow/internal/chlocal"
)

// parentEnv makes this test binary a parent that starts a server, says where and waits to be killed.
const parentEnv = "CHLOCAL_TEST_PARENT"

const parentPassword = "known to the test"

func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) != "" {
		s, err := chlocal.Start(context.Background(), chlocal.Options{Password: parentPassword})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.PID(), s.HTTPAddr())
		<-s.Done()
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
