/**
 * `derivation` and `derivationStrict`. No store is written: a derivation is kept in the evaluator, for those
 * that have it as an input and for whoever asks for its text.
 */

import type { Attrs } from '../eval/attrs.ts';
import { attrsOf } from '../eval/attrs.ts';
import { coerceToString } from '../eval/coerce.ts';
import { NixError } from '../eval/errors.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { readHash, storeErrors } from '../eval/store.ts';
import { trace } from '../eval/types.ts';
import { ContextString, force, type Slot, Thunk, type Value } from '../eval/values.ts';
import { toJson } from '../print/json.ts';
import {
  type Addressing,
  type Derivation,
  hashDerivationModulo,
  type ModuloHash,
  makeDerivation,
  parseATerm,
} from '../store/derivation.ts';
import { type HashAlgorithm, hashSizes } from '../store/hash.ts';
import { checkName, type IngestionMethod, unknownOutputPlaceholder } from '../store/paths.ts';
import { showName } from '../syntax/quote.ts';
import { showPosition } from '../syntax/source.ts';
import { type Definition, define } from './define.ts';

/** What is kept of a derivation: its text has the rest. */
export interface KnownDerivation {
  readonly name: string;
  readonly text: string;
  readonly modulo: ModuloHash;
}

/** `derivation`: the sets of all outputs, around what `derivationStrict` computes when it is needed. */
export const derivationText = `args@{ outputs ? [ "out" ], ... }:
let
  made = derivationStrict args;
  shared = args // builtins.listToAttrs named // {
    all = map (entry: entry.value) named;
    drvAttrs = args;
  };
  named = map (output: {
    name = output;
    value = shared // {
      outPath = made.\${output};
      drvPath = made.drvPath;
      type = "derivation";
      outputName = output;
    };
  }) outputs;
in
(builtins.head named).value
`;

/** `<nix/fetchurl.nix>`: a derivation that Nix itself builds, by downloading a file. */
export const fetchurlText = `{
  system ? "",
  url,
  hash ? "",
  md5 ? "",
  sha1 ? "",
  sha256 ? "",
  sha512 ? "",
  outputHash ?
    if hash != "" then hash else if sha512 != "" then sha512 else if sha1 != "" then sha1 else if md5 != "" then md5 else sha256,
  outputHashAlgo ?
    if hash != "" then "" else if sha512 != "" then "sha512" else if sha1 != "" then "sha1" else if md5 != "" then "md5" else "sha256",
  executable ? false,
  unpack ? false,
  name ? baseNameOf (toString url),
  impure ? false,
}:
derivation (
  {
    builder = "builtin:fetchurl";
    outputHashMode = if unpack || executable then "recursive" else "flat";
    inherit name url executable unpack;
    system = "builtin";
    preferLocalBuild = true;
    impureEnvVars = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
    urls = [ url ];
  }
  // (if impure then { __impure = true; } else { inherit outputHashAlgo outputHash; })
)
`;

/** A derivation that was made here, or is a file on the host. */
export function knownDerivation(ev: Evaluator, path: string): KnownDerivation {
  const known = ev.derivations.get(path);
  if (known !== undefined) return known;
  if (ev.host.lstat(path) === null) ev.fail('eval', `path '${path}' is not valid`);
  const name = path.slice(ev.storeDir.length + 34, -'.drv'.length);
  const out = storeErrors(ev, () => {
    const text = ev.host.readFile(path);
    const lookup = (input: string): ModuloHash => knownDerivation(ev, input).modulo;
    return { name, text, modulo: hashDerivationModulo(parseATerm(text, name), lookup) };
  });
  ev.derivations.set(path, out);
  return out;
}

function derivationReferences(text: string): ReadonlySet<string> {
  const { inputSrcs, inputDrvs } = parseATerm(text, '');
  return new Set([...inputSrcs, ...inputDrvs.keys()]);
}

/** A derivation's file and everything that it refers to, directly or not. */
function closure(ev: Evaluator, path: string, into: Set<string>): void {
  if (into.has(path)) return;
  into.add(path);
  if (path.endsWith('.drv')) {
    const { text, name } = knownDerivation(ev, path);
    const { inputSrcs, inputDrvs } = parseATerm(text, name);
    for (const source of inputSrcs) closure(ev, source, into);
    for (const input of inputDrvs.keys()) closure(ev, input, into);
  } else for (const reference of ev.host.referencesOf(path)) closure(ev, reference, into);
}

function requireFeature(ev: Evaluator, feature: string, reason = ''): void {
  if (ev.features.has(feature)) return;
  ev.fail(
    'eval',
    `experimental Nix feature '${feature}' is disabled${reason === '' ? '' : `, ${reason}`}; ` +
      `add '--extra-experimental-features ${feature}' to enable it`,
  );
}

/** What the attributes say, as far as it is not the environment. */
class Recipe {
  readonly args: string[] = [];
  readonly env = new Map<string, string>();
  readonly context = new Set<string>();
  builder = '';
  platform = '';
  outputs: string[] = ['out'];
  contentAddressed = false;
  impure = false;
  outputHash: string | undefined;
  outputHashAlgo: HashAlgorithm | undefined;
  method: IngestionMethod | undefined;
  readonly #ev: Evaluator;
  readonly #name: string;

  constructor(ev: Evaluator, name: string) {
    this.#ev = ev;
    this.#name = name;
  }

  warn(message: string, pos: number): void {
    const error = new NixError('eval', message, pos, this.#ev.positions);
    error.addTrace(0, `while evaluating derivation '${this.#name}'`);
    this.#ev.options.onWarning?.({ message, error });
  }

  setAlgorithm(name: string): void {
    this.outputHashAlgo = Object.hasOwn(hashSizes, name) ? (name as HashAlgorithm) : undefined;
  }

  setMode(mode: string): void {
    switch (mode) {
      case 'recursive':
      case 'nar':
        this.method = 'recursive';
        break;
      case 'flat':
      case 'text':
      case 'git':
        this.method = mode;
        break;
      default:
        this.#ev.fail('eval', `invalid value '${mode}' for 'outputHashMode' attribute`);
    }
    if (mode === 'text') {
      requireFeature(
        this.#ev,
        'dynamic-derivations',
        `text-hashed derivation '${this.#name}', outputHashMode = "text"`,
      );
    }
    if (mode === 'git') requireFeature(this.#ev, 'git-hashing');
  }

  setOutputs(names: readonly string[]): void {
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) this.#ev.fail('eval', `duplicate derivation output '${name}'`);
      if (name === 'drvPath') this.#ev.fail('eval', "invalid derivation output name 'drvPath'");
      seen.add(name);
    }
    if (seen.size === 0) this.#ev.fail('eval', 'derivation cannot have an empty set of outputs');
    this.outputs = [...seen].sort();
  }
}

const words = (text: string): string[] => text.split(/[ \t\n\r]+/).filter((word) => word !== '');

/** Attributes that structured attributes move to `outputChecks`. */
const replaced = new Set([
  'allowedReferences',
  'allowedRequisites',
  'disallowedReferences',
  'disallowedRequisites',
  'maxSize',
  'maxClosureSize',
]);

function readAttr(
  ev: Evaluator,
  recipe: Recipe,
  key: string,
  slot: Slot,
  pos: number,
  json: Map<string, string> | null,
): void {
  const { context } = recipe;
  switch (key) {
    // Where they are false they are attributes as others are.
    case '__contentAddressed':
      if (!ev.forceBool(slot, 0, '')) break;
      recipe.contentAddressed = true;
      requireFeature(ev, 'ca-derivations');
      return;
    case '__impure':
      if (!ev.forceBool(slot, 0, '')) break;
      recipe.impure = true;
      requireFeature(ev, 'impure-derivations');
      return;
    case 'args':
      for (const item of ev.forceList(slot, 0, '')) {
        const where = 'while evaluating an element of the argument list';
        recipe.args.push(coerceToString(ev, 0, item, context, where, true));
      }
      return;
  }
  if (json !== null) {
    if (key === '__structuredAttrs') return;
    json.set(key, toJson(ev, slot, true, 0, context));
    switch (key) {
      case 'builder':
        recipe.builder = ev.forceStringInto(slot, context, 0, '');
        break;
      case 'system':
        recipe.platform = ev.forcePlainString(slot, 0, '');
        break;
      case 'outputHash':
        recipe.outputHash = ev.forcePlainString(slot, 0, '');
        break;
      case 'outputHashAlgo':
        recipe.setAlgorithm(ev.forcePlainString(slot, 0, ''));
        break;
      case 'outputHashMode':
        recipe.setMode(ev.forcePlainString(slot, 0, ''));
        break;
      case 'outputs':
        recipe.setOutputs(ev.forceList(slot, 0, '').map((item) => ev.forcePlainString(item, 0, '')));
        break;
    }
    if (replaced.has(key)) {
      recipe.warn(
        `'structuredAttrs' disables the effect of the derivation attribute '${key}'; ` +
          `use 'outputChecks.<output>.${key}' instead`,
        pos,
      );
    }
    return;
  }
  const text = coerceToString(ev, 0, slot, context, '', true);
  if (key === '__json') {
    recipe.warn(
      "setting structured attributes via '__json' is deprecated, and may be disallowed in future versions of Nix. " +
        "Set '__structuredAttrs = true' instead.",
      pos,
    );
  }
  recipe.env.set(key, text);
  switch (key) {
    case 'builder':
      recipe.builder = text;
      break;
    case 'system':
      recipe.platform = text;
      break;
    case 'outputHash':
      recipe.outputHash = text;
      break;
    case 'outputHashAlgo':
      recipe.setAlgorithm(text);
      break;
    case 'outputHashMode':
      recipe.setMode(text);
      break;
    case 'outputs':
      recipe.setOutputs(words(text));
      break;
  }
}

function addressingOf(ev: Evaluator, recipe: Recipe): Addressing {
  if (recipe.outputHash !== undefined) {
    if (recipe.outputs.length !== 1 || recipe.outputs[0] !== 'out') {
      ev.fail('eval', 'multiple outputs are not supported in fixed-output derivations');
    }
    const hash = readHash(ev, recipe.outputHash, recipe.outputHashAlgo);
    return { kind: 'fixed', method: recipe.method ?? 'flat', hash };
  }
  if (!recipe.contentAddressed && !recipe.impure) return { kind: 'input-addressed' };
  if (recipe.contentAddressed && recipe.impure) {
    ev.fail('eval', 'derivation cannot be both content-addressed and impure');
  }
  return {
    kind: recipe.impure ? 'impure' : 'floating',
    method: recipe.method ?? 'recursive',
    algorithm: recipe.outputHashAlgo ?? 'sha256',
  };
}

function make(ev: Evaluator, name: string, attrs: Attrs): Value {
  try {
    checkName(name);
  } catch (error) {
    ev.fail('eval', `invalid derivation name: ${(error as Error).message}. Please pass a different 'name'.`);
  }
  const flag = (attr: string): boolean => {
    const slot = attrs.get(attr);
    if (slot === undefined) return false;
    return ev.forceBool(
      slot,
      0,
      `while evaluating the \`${attr}\` attribute passed to builtins.derivationStrict`,
    );
  };
  const json = flag('__structuredAttrs') ? new Map<string, string>() : null;
  const ignoreNulls = flag('__ignoreNulls');
  const recipe = new Recipe(ev, name);
  attrs.names.forEach((key, i) => {
    if (key === '__ignoreNulls') return;
    const slot = attrs.values[i]!;
    const pos = attrs.positions?.[i] ?? 0;
    try {
      if (ignoreNulls && force(slot, 0) === null) return;
      readAttr(ev, recipe, key, slot, pos, json);
    } catch (error) {
      throw trace(error, pos, `while evaluating attribute '${showName(key)}' of derivation '${name}'`);
    }
  });
  if (json !== null) {
    const fields = [...json].map(([key, text]) => `${JSON.stringify(key)}:${text}`);
    recipe.env.set('__json', `{${fields.join(',')}}`);
  }
  const inputSrcs = new Set<string>();
  const inputDrvs = new Map<string, Set<string>>();
  const input = (path: string, output: string): void => {
    const outputs = inputDrvs.get(path);
    if (outputs === undefined) inputDrvs.set(path, new Set([output]));
    else outputs.add(output);
  };
  for (const element of recipe.context) {
    if (element.startsWith('=')) {
      const all = new Set<string>();
      closure(ev, element.slice(1), all);
      for (const path of all) {
        inputSrcs.add(path);
        if (!path.endsWith('.drv')) continue;
        for (const output of knownDerivation(ev, path).modulo.outputs.keys()) input(path, output);
      }
    } else if (element.startsWith('!')) {
      const end = element.indexOf('!', 1);
      input(element.slice(end + 1), element.slice(1, end));
    } else inputSrcs.add(element);
  }
  if (recipe.builder === '') ev.fail('eval', "required attribute 'builder' missing");
  if (recipe.platform === '') ev.fail('eval', "required attribute 'system' missing");
  const single = recipe.outputs.length === 1 && recipe.outputs[0] === 'out';
  if (name.endsWith('.drv') && !(recipe.method === 'text' && single)) {
    ev.fail(
      'eval',
      "derivation names are allowed to end in '.drv' only if they produce a single derivation file",
    );
  }
  const { path, drv, text, modulo } = storeErrors(ev, () => {
    const { args, env, builder, platform } = recipe;
    return makeDerivation(
      { name, inputDrvs, inputSrcs, platform, builder, args, env },
      recipe.outputs,
      addressingOf(ev, recipe),
      (input) => knownDerivation(ev, input).modulo,
      ev.storeDir,
    );
  });
  ev.derivations.set(path, { name, text, modulo });
  ev.host.addText(path, text, derivationReferences);
  const result: [string, Slot][] = [['drvPath', new ContextString(path, new Set([`=${path}`]))]];
  for (const output of drv.outputs.keys()) result.push([output, outputString(ev, path, drv, output)]);
  return attrsOf(result);
}

/** What importing the file of a derivation gives: sets like those of `derivation`, without its attributes. */
export function importDerivation(ev: Evaluator, path: string): Value {
  const { text, name } = knownDerivation(ev, path);
  const drv = parseATerm(text, name);
  const outputs = [...drv.outputs.keys()].sort();
  const sets: Attrs[] = [];
  const set = (i: number): Slot => new Thunk(() => sets[i]!, []);
  for (const output of outputs) {
    sets.push(
      attrsOf([
        ...outputs.map((name, i): [string, Slot] => [name, set(i)]),
        ['all', outputs.map((_, i) => set(i))],
        ['drvPath', new ContextString(path, new Set([`=${path}`]))],
        ['name', drv.env.get('name') ?? ''],
        ['type', 'derivation'],
        ['outPath', outputString(ev, path, drv, output)],
        ['outputName', output],
      ]),
    );
  }
  return sets[0]!;
}

function outputString(ev: Evaluator, path: string, drv: Derivation, output: string): ContextString {
  const how = drv.outputs.get(output)!;
  const text = 'path' in how ? how.path : unknownOutputPlaceholder(path, output, ev.storeDir);
  return new ContextString(text, new Set([`!${output}!${path}`]));
}

function derivationStrict(ev: Evaluator, a: Slot): Value {
  const attrs = ev.forceAttrs(a, 0, 'while evaluating the argument passed to builtins.derivationStrict');
  const slot = ev.attr(attrs, 'name', 'in the attrset passed as argument to builtins.derivationStrict');
  const pos = attrs.posOf('name');
  let name: string;
  try {
    name = ev.forcePlainString(
      slot,
      0,
      'while evaluating the `name` attribute passed to builtins.derivationStrict',
    );
  } catch (error) {
    throw trace(error, pos, "while evaluating the derivation attribute 'name'");
  }
  try {
    return make(ev, name, attrs);
  } catch (error) {
    const place = showPosition(ev.positions.resolve(pos));
    const text = `while evaluating derivation '${name}'\n  whose name attribute is located at ${place}`;
    throw trace(error, 0, text, true);
  }
}

export const derivationBuiltins: readonly Definition[] = [define('derivationStrict', 1, derivationStrict)];
