/** What `docs/errors.md` says of a code. The page is part of the package, and read when somebody asks. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Code, severities } from './codes.ts';

/** Columns of a line; more than most terminals have is hard to read. */
const width = 100;

/** The code that a word is, alone or as messages have it: `error[drift]`. */
export function codeIn(word: string): Code | undefined {
  const code = /^(?:error|warning)\[(.+)\]:?$/.exec(word)?.[1] ?? word;
  return Object.hasOwn(severities, code) ? (code as Code) : undefined;
}

/** A heading, then the paragraph in lines of at most 100 columns. */
export function paragraphOn(code: Code): string[] {
  const page = readFileSync(errorsPage(), 'utf8');
  const [, paragraph = ''] = page.split(`### \`${code}\`\n`);
  const text = paragraph.split(/^#/m)[0]!.trim();
  return [
    `${severities[code]} ${code}`,
    ...text
      .split(/\n\n+/)
      .flatMap((part) => ['', ...wrapped(part)])
      .slice(1),
  ];
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of withoutLinks(text).split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width - 2) {
      lines.push(`  ${line}`);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, `  ${line}`];
}

/** A link's text with what it leads to, as a terminal has no links; the page itself lies in `docs/`. */
function withoutLinks(text: string): string {
  return text.replace(/\[([^\]]*)\]\(([^)]*)\)/g, (_, shown: string, to: string) =>
    /^https?:/.test(to) ? `${shown} (${to})` : `${shown} (${normalize(`docs/${to}`)})`,
  );
}

/** Beside the folder of the bundle, or of the sources. */
function errorsPage(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 5; up++) {
    const page = join(at, 'docs/errors.md');
    if (existsSync(page)) return page;
    at = dirname(at);
  }
  throw new Error('docs/errors.md is missing from this installation');
}
