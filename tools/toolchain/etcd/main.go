// etcd is built as a program of ours: its own module replaces its parts by folders, so it cannot be installed as it is.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
