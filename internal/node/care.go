package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/web"
)

// care is what the node's pages need of it.
func (n *Node) care() *web.Care {
	return &web.Care{Findings: n.findings, Settings: n.Config.settings(), Limits: n.limitsInForce(), ByDisk: n.Config.Exchange.Parent == "disk", Address: n.Config.Exchange.Address,
		NextKeys: n.NextKeys, DiskFolders: n.Config.diskFolders, DiskFolder: n.Config.diskFolder, BackupFolders: n.Config.Backup.Folders, Backups: n.backups, Backup: n.backupInto}
}

func (n *Node) findings(ctx context.Context) ([]web.Finding, error) {
	all, err := n.Examine(ctx)
	found := make([]web.Finding, len(all))
	for i, one := range all {
		found[i] = web.Finding{Level: string(one.Level), Text: one.Text, Mend: one.Mend}
	}
	return found, err
}

// settings lists the configuration with its defaults, secrets hidden, by key.
func (c *Config) settings() []web.Setting {
	var tree map[string]any
	if _, err := toml.NewDecoder(bytes.NewReader([]byte(c.Show()))).Decode(&tree); err != nil {
		return nil // what Show has written can be read
	}
	all := flat("", tree)
	slices.SortFunc(all, func(a, b web.Setting) int { return strings.Compare(a.Key, b.Key) })
	return all
}

func flat(prefix string, tree map[string]any) (all []web.Setting) {
	for key, value := range tree {
		switch v := value.(type) {
		case map[string]any:
			all = append(all, flat(prefix+key+".", v)...)
		case []any:
			parts := make([]string, len(v))
			for i, one := range v {
				parts[i] = fmt.Sprint(one)
			}
			all = append(all, web.Setting{Key: prefix + key, Value: strings.Join(parts, ", ")})
		default:
			all = append(all, web.Setting{Key: prefix + key, Value: fmt.Sprint(v)})
		}
	}
	return all
}

// limitsInForce lists the limits by which the node decides.
func (n *Node) limitsInForce() []web.Setting {
	l := n.Config.limits()
	line := func(key string, value int) web.Setting {
		return web.Setting{Key: "limit." + key, Value: fmt.Sprint(value)}
	}
	return []web.Setting{line("verified_percent", l.VerifiedPercent), line("certificate_months", l.CertificateMonths), line("pass_mark", l.PassMark), line("network_kbps", l.NetworkKbps),
		line("renewal_days", l.RenewalDays), line("password", office.MinPassword), line("failures", office.MaxFailures), line("locked_minutes", int(office.LockFor.Minutes())),
		line("rest_minutes", int(web.RestLimit.Minutes()))}
}

// diskFolders offers the folders below the configured ones, and those themselves on which a disk's files lie already.
func (c *Config) diskFolders() []string {
	var found []string
	for _, root := range c.Disk.Folders {
		if entries, err := os.ReadDir(root); err == nil {
			for _, one := range entries {
				if one.Name() == "huzheng" {
					found = append(found, root)
				} else if one.IsDir() && !strings.HasPrefix(one.Name(), ".") {
					found = append(found, filepath.Join(root, one.Name()))
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// diskFolder lets a folder through that lies, with every symbolic link followed, at or below one of the configured folders, likewise followed.
func (c *Config) diskFolder(typed string) (string, error) {
	refuse := func(text, mend citizen.Text) error { return event.Refuse("care.folder", "", text, mend) }
	if !filepath.IsAbs(typed) {
		return "", refuse(citizen.Text{ZH: "路径须从根目录写起", EN: "the path does not begin at the root"}, citizen.Text{ZH: "写全路径，如 /media/usb1", EN: "write the whole path, as /media/usb1"})
	}
	path, err := filepath.EvalSymlinks(typed)
	if err == nil {
		var info fs.FileInfo
		if info, err = os.Stat(path); err == nil && !info.IsDir() {
			err = fs.ErrInvalid
		}
	}
	inside := err == nil && slices.ContainsFunc(c.Disk.Folders, func(root string) bool { return within(root, path) })
	if !inside {
		return "", refuse(citizen.Text{ZH: "不是可用的移动盘文件夹：" + typed, EN: "not a folder of a removable disk: " + typed},
			citizen.Text{ZH: "插好盘；文件夹须在配置项 disk.folders 所列位置之下：" + strings.Join(c.Disk.Folders, "、"),
				EN: "plug the disk in; the folder has to lie below one that disk.folders names: " + strings.Join(c.Disk.Folders, ", ")})
	}
	return path, nil
}

// within tells whether a real path is a folder or lies below it.
func within(root, path string) bool {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return false
	}
	relative, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(relative)
}

// backups lists the backups that lie in the configured folders, the newest first.
func (n *Node) backups() ([]web.BackupMade, error) {
	var all []web.BackupMade
	for _, folder := range n.Config.Backup.Folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue // a disk that is not plugged in
		}
		for _, one := range entries {
			path := filepath.Join(folder, one.Name())
			info, err := os.Stat(filepath.Join(path, databaseName))
			if err != nil || strings.HasSuffix(path, partialEnd) {
				continue
			}
			all = append(all, web.BackupMade{Path: path, At: info.ModTime(), Bytes: info.Size()})
		}
	}
	slices.SortFunc(all, func(a, b web.BackupMade) int { return b.At.Compare(a.At) })
	return all, nil
}

// officeTime is Shanghai's, without summer time (since 1992).
var officeTime = time.FixedZone("CST", 8*60*60)

// partialEnd marks a backup that is not whole yet.
const partialEnd = ".partial"

// unused is a path at which nothing lies: the path itself, or with a number behind. Two backups may be asked for within a second, or by a clock that stands.
func unused(path string) string {
	for n, at := 2, path; ; n++ {
		if _, err := os.Lstat(at); errors.Is(err, fs.ErrNotExist) {
			return at
		}
		at = path + "-" + strconv.Itoa(n)
	}
}

// backupInto makes a backup in a folder, under the unit's code and the time.
func (n *Node) backupInto(ctx context.Context, folder string, tell func(blobs int64)) (string, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", event.Refuse("care.folder", "", citizen.Text{ZH: "没有此文件夹：" + folder, EN: "there is no such folder: " + folder},
			citizen.Text{ZH: "插好备份盘后重做", EN: "plug the backup disk in and try again"})
	}
	made := unused(filepath.Join(folder, string(n.Config.Unit)+"-"+n.Now().In(officeTime).Format("20060102-150405")))
	if err := n.BackupTelling(ctx, made+partialEnd, n.Config.path, tell); err != nil {
		return "", err
	}
	return made, os.Rename(made+partialEnd, made)
}
