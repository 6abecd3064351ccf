package main

import (
	"fmt"
	"os"

	"github.com/huzheng/huzheng/internal/cardreader"
	"golang.org/x/sys/unix"
)

// baud are the speeds as the kernel names them.
var baud = map[int]uint32{115200: unix.B115200, 57600: unix.B57600, 38400: unix.B38400, 19200: unix.B19200, 9600: unix.B9600}

// openSerial opens a serial line: 8 data bits, no parity, 1 stop bit, no flow control, bytes as they are.
func openSerial(path string, speed int) (cardreader.Port, error) {
	// without waiting for a carrier, and so that deadlines hold
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := control(file, func(fd int) error { return rawLine(fd, baud[speed]) }); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s is no serial line: %w", path, err)
	}
	return file, nil
}

// control works on a file's descriptor and leaves its mode alone, as Fd does not.
func control(file *os.File, fn func(fd int) error) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = fn(int(fd)) }); err != nil {
		return err
	}
	return inner
}

func rawLine(fd int, speed uint32) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	*t = unix.Termios{Cflag: unix.CS8 | unix.CREAD | unix.CLOCAL | speed, Ispeed: speed, Ospeed: speed}
	t.Cc[unix.VMIN] = 1
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return err
	}
	return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH)
}

// pty is the inner end of a pseudo-terminal. It keeps the outer end open too, so that the line stays when a host closes it.
type pty struct {
	*os.File
	outer *os.File
}

// Close closes both ends.
func (p pty) Close() error {
	p.outer.Close()
	return p.File.Close()
}

// openPty makes a pseudo-terminal and gives the name of its outer end, which hosts open as a serial line.
func openPty() (cardreader.Port, string, error) {
	inner, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, "", err
	}
	var number int
	err = control(inner, func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		}
		return err
	})
	if err != nil {
		inner.Close()
		return nil, "", err
	}
	name := fmt.Sprintf("/dev/pts/%d", number)
	outer, err := openSerial(name, speeds[0])
	if err != nil {
		inner.Close()
		return nil, "", err
	}
	return pty{inner, outer.(*os.File)}, name, nil
}
