package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/store"
)

// Backup copies the node to a new folder: first the database as one consistent file, then the attachments, so that every
// attachment that the copied database names is there. Only for SQLite; a PostgreSQL server has its own tools.
func (n *Node) Backup(ctx context.Context, dir, configPath string) error {
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
	if err := copyFile(configPath, filepath.Join(dir, filepath.Base(configPath))); err != nil {
		return err
	}
	blobs := filepath.Join(n.Config.Data, blobsName)
	if _, err := os.Stat(blobs); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return os.CopyFS(filepath.Join(dir, blobsName), os.DirFS(blobs))
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
