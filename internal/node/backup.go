package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/huzheng/huzheng/internal/store"
)

// Backup copies the node to a new folder: first the database as one consistent file, then the attachments, so that every
// attachment that the copied database names is there. Only for SQLite; a PostgreSQL server has its own tools.
func (n *Node) Backup(ctx context.Context, dir, configPath string) error {
	return n.BackupTelling(ctx, dir, configPath, func(int64) {})
}

// BackupTelling is Backup that tells how many attachments have been copied.
func (n *Node) BackupTelling(ctx context.Context, dir, configPath string, tell func(blobs int64)) error {
	if n.DB.Engine() != store.SQLite {
		return errors.New("backup: a PostgreSQL node is backed up with pg_basebackup and WAL archiving; copy node.keys, the blobs folder and huzheng.toml beside it")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := n.DB.CopyTo(ctx, filepath.Join(dir, databaseName)); err != nil {
		return err
	}
	for _, name := range []string{keyName, rootName} {
		if err := copyFile(filepath.Join(n.Config.Data, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	config, err := ReadConfig(configPath)
	if err != nil {
		return err
	}
	// The copy's data lie beside its configuration; what lies elsewhere is named in full.
	config.Data, config.Unlock, config.Testing = "", n.Config.Unlock, n.Config.Testing
	config.Disk, config.Backup = n.Config.Disk, n.Config.Backup
	if err := config.Write(filepath.Join(dir, "huzheng.toml")); err != nil {
		return err
	}
	return copyBlobs(ctx, filepath.Join(n.Config.Data, blobsName), filepath.Join(dir, blobsName), tell)
}

// copyBlobs copies the attachments that are whole; one that is being written has a temporary name and belongs to a later state.
func copyBlobs(ctx context.Context, from, to string, tell func(blobs int64)) error {
	var copied int64
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(entry.Name(), ".tmp") {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		copied++
		tell(copied)
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, relative)), 0o700); err != nil {
			return err
		}
		return copyFile(path, filepath.Join(to, relative))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
