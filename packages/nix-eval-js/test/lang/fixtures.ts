/** Files that the cases name: made when needed, for version control keeps neither modes nor empty folders. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Name → content; a folder's name ends in a slash, a link's content starts with an arrow, an executable's name with `*`. */
const tree: Readonly<Record<string, string>> = {
  file: 'content\n',
  '*script.sh': '#!/bin/sh\necho hello\n',
  empty: '',
  one: '1',
  seven: '1234567',
  eight: '12345678',
  large: 'All work and no play makes a large file.\n'.repeat(10_000),
  bytes: Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(''),
  quotes: '"double" \'single\' \\ ${dollar}\n\ttab\n',
  'value.nix':
    '{ name ? "imported", ... }@args: derivation ({ inherit name; system = "s"; builder = "b"; } // args)\n',
  'traced.nix': 'builtins.trace "imported" 1\n',
  'broken.nix': '{\n  a = 1;\n  b = ;\n}\n',
  'throwing.nix': 'let\n  f = x: throw "thrown ${x}";\nin\nf "here"\n',
  'scope.nix': 'x + 1\n',
  'scope-of-builtins.nix': '[ x map builtins (true && false) ]\n',
  'true.nix': '[ true false ]\n',
  'scope-imports.nix': '[ x (import ./x.nix) ]\n',
  'x.nix': 'x\n',
  'set.nix': '{\n  a = 1;\n  name = 2;\n}\n',
  'a+b=c?d': 'odd\n',
  '.dotfile': 'dot\n',
  'with space': 'space\n',
  '\xc3\xbcber': 'umlaut\n',
  'recipe.drv': 'no derivation\n',
  link: '-> file',
  'link-to-link': '-> link',
  'link-to-dir': '-> dir',
  'link-to-importable': '-> importable',
  dangling: '-> nowhere',
  circle: '-> circle',
  'dir/a': 'a\n',
  'dir/b/c': 'c\n',
  'dir/b/d': 'd\n',
  'dir/.hidden': 'hidden\n',
  '*dir/run': '#!/bin/sh\n',
  'dir/link': '-> a',
  'dir/up': '-> ../file',
  'dir/absolute': '-> /nowhere/at/all',
  'dir/hollow/': '',
  'hollow/': '',
  'importable/default.nix': '{ name = "importable"; }\n',
  'nested/1/2/3/4/5': 'deep\n',
  'sorted/a': '',
  'sorted/A': '',
  'sorted/a-b': '',
  'sorted/a.b': '',
  'sorted/aa/b': '',
  'sorted/ab': '',
  'sorted/_': '',
  'sorted/9': '',
  'odd-names/with space': '',
  'odd-names/\xc3\xbcber': '',
  'odd-names/new\nline': '',
  'odd-names/quote"\'': '',
  'odd-names/\xff\xfe': 'not UTF-8',
  'odd-names/name.drv': '',
  'with-circle/x': '-> x',
};

/** The folder's path; whoever asked for it removes it. */
export function makeFixtures(): string {
  const root = mkdtempSync(join(tmpdir(), 'nix-eval-js-files-'));
  for (const [entry, content] of Object.entries(tree)) {
    const name = entry.replace('*', '');
    const path = Buffer.from(`${root}/${name}`, 'latin1');
    mkdirSync(name.endsWith('/') ? path : path.subarray(0, path.lastIndexOf('/')), { recursive: true });
    if (name.endsWith('/')) continue;
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), path);
    else writeFileSync(path, content, 'latin1');
    if (entry !== name) chmodSync(path, 0o755);
  }
  mkdirSync(join(root, 'with-pipe'));
  execFileSync('mkfifo', [join(root, 'with-pipe/pipe')]);
  return root;
}

export const removeFixtures = (root: string): void => rmSync(root, { recursive: true, force: true });
