// templates/ → build/templates.js, which holds compiled templates, shell and sources. Needs handlebars and nothing else.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';

const root = fileURLToPath(new URL('..', import.meta.url));
const helpers = { nixString: true, nixKey: true, yamlString: true, script: true };

/** An object's source with one property a file: what `make` makes of its text. */
function table(files, make) {
  return `{\n${files.map(([name, text]) => `  ${JSON.stringify(name)}: ${make(text)},\n`).join('')}}`;
}

function precompile(text) {
  return Handlebars.precompile(text, {
    strict: true,
    noEscape: true,
    knownHelpers: helpers,
    knownHelpersOnly: true,
  });
}

const files = readdirSync(join(root, 'templates'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'templates/').length))
  .sort()
  .map((path) => [path, readFileSync(join(root, 'templates', path), 'utf8')]);
const named = (wanted, cut) =>
  files.filter(([path]) => wanted.test(path)).map(([path, text]) => [path.replace(cut, ''), text]);

const templates = named(/^(?!partials\/).*\.hbs$/, /\.hbs$/);
const partials = named(/^partials\/.*\.hbs$/, /^partials\/|\.hbs$/g);
const scripts = named(/\.sh$/, /^$/);
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(
  join(root, 'build/templates.js'),
  [
    `export const templates = ${table(templates, precompile)};`,
    `export const partials = ${table(partials, precompile)};`,
    `export const scripts = ${table(scripts, JSON.stringify)};`,
    `export const sources = ${table([...templates, ...partials], JSON.stringify)};`,
    '',
  ].join('\n'),
);
