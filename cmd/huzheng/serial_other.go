//go:build !linux

package main

import (
	"errors"

	"github.com/huzheng/huzheng/internal/cardreader"
)

var errSerial = errors.New("serial lines are supported on Linux only; use a bridge, tcp:HOST:PORT")

func openSerial(string, int) (cardreader.Port, error) { return nil, errSerial }

func openPty() (cardreader.Port, string, error) { return nil, "", errSerial }
