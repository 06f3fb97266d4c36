import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRepository, remoteUrl, repositoryRoot, withoutCredentials } from './repository.ts';

const revision = '0123456789abcdef0123456789abcdef01234567';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runlens-repository-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

describe('the revision of a checkout is read', () => {
  it('from a branch', () => {
    write({ '.git/HEAD': 'ref: refs/heads/a/b\n', '.git/refs/heads/a/b': `${revision}\n` });
    expect(readRepository(root).revision).toBe(revision);
  });

  it('from packed refs', () => {
    write({ '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': `# pack-refs\n${revision} refs/heads/main\n` });
    expect(readRepository(root).revision).toBe(revision);
  });

  it('from a detached head', () => {
    write({ '.git/HEAD': revision });
    expect(readRepository(root).revision).toBe(revision);
  });

  it('of a worktree, whose refs are those of the main one', () => {
    write({
      'main/.git/config': '[remote "origin"]\n\turl = git@git.example:shop.git\n',
      'main/.git/refs/heads/topic': revision,
      'main/.git/worktrees/tree/HEAD': 'ref: refs/heads/topic\n',
      'main/.git/worktrees/tree/commondir': '../..\n',
      'tree/.git': `gitdir: ${join(root, 'main/.git/worktrees/tree')}\n`,
      'tree/sub/x': '',
    });
    expect(repositoryRoot(join(root, 'tree/sub'))).toBe(join(root, 'tree'));
    expect(readRepository(join(root, 'tree'))).toMatchObject({ revision, url: 'https://git.example/shop.git' });
  });

  it('of a submodule, whose own folder lies in that of the repository around it', () => {
    write({
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/refs/heads/main': 'f'.repeat(40),
      '.git/modules/parts/shop/HEAD': `${revision}\n`,
      '.git/modules/parts/shop/config':
        '[core]\n\tworktree = ../../../../parts/shop\n[remote "origin"]\n\turl = https://git.example/shop.git\n',
      'parts/shop/.git': 'gitdir: ../../.git/modules/parts/shop\n',
    });
    expect(repositoryRoot(join(root, 'parts/shop'))).toBe(join(root, 'parts/shop'));
    expect(readRepository(join(root, 'parts/shop'))).toMatchObject({ revision, url: 'https://git.example/shop.git' });
  });

  it.each([
    ['a head that points to itself', { '.git/HEAD': 'ref: HEAD\n' }],
    ['a ref that leads out of the folder', { '.git/HEAD': 'ref: ../secret\n', secret: revision }],
    ['an unborn branch', { '.git/HEAD': 'ref: refs/heads/main\n' }],
    ['an empty folder', { '.git/x': '' }],
  ])('as unknown from %s', (_, files) => {
    write(files as unknown as Record<string, string>);
    expect(readRepository(root).revision).toBeUndefined();
  });
});

describe('the address of a repository', () => {
  it.each([
    ['https://user:secret@git.example/a/b.git', 'https://git.example/a/b.git'],
    ['https://git.example:8443/a?token=x', 'https://git.example:8443/a'],
    ['git@github.com:acme/shop.git', 'https://github.com/acme/shop.git'],
    ['ssh://git@git.example:2222/a.git', 'https://git.example/a.git'],
    ['/srv/git/a.git', undefined],
    ['file:///srv/git/a.git', undefined],
  ])('%s is told as %s', (url, told) => {
    expect(withoutCredentials(url)).toBe(told);
  });

  it('is that of origin, else of the only remote', () => {
    expect(
      remoteUrl('[remote "fork"]\nurl = https://x.example/f\n[remote "origin"]\nurl = https://x.example/o\n'),
    ).toBe('https://x.example/o');
    expect(remoteUrl('[remote "fork"]\nurl = https://x.example/f\n[branch "main"]\nremote = fork\n')).toBe(
      'https://x.example/f',
    );
    expect(
      remoteUrl('[remote "a"]\nurl = https://x.example/a\n[remote "b"]\nurl = https://x.example/b\n'),
    ).toBeUndefined();
  });
});
