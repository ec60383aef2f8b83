/**
 * A name that this kernel makes no module of → what it is instead, as far as the kernels tell: a symbol, a part of a module or of
 * the kernel itself, a module of another series or under another name, a package of OpenWrt.
 *
 * What is certain comes before what is only likely. Modules are merged more often than split, and lose the last part of their
 * names then (`nf_conntrack_ipv4`, `nft_masq_ipv4`): what begins alike comes before what is merely spelt alike, unless that is
 * a slip of one or two letters.
 */
import { didYouMean, edits, near } from '../diagnostics/near.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { KbuildModule } from './kbuild/kbuild.ts';
import type { ConfigSymbol } from './kconfig/model.ts';
import type { Kernel } from './kernel.ts';
import { moduleOf, type NamedObject } from './objects.ts';
import { askedIn } from './options.ts';

export interface Lead {
  /** What the name is, where that says more than that there is no such module. */
  readonly message?: string;
  readonly notes: string[];
  readonly hint: string;
}

/** Names that are told; of the rest there is the number. */
const most = 4;

/** Undefined where nothing is known that leads on. */
export function leadFor(kernel: Kernel, elsewhere: Elsewhere, name: string): Lead | undefined {
  const folded = name.replaceAll('-', '_');
  return (
    ofPackage(kernel, elsewhere, name) ??
    ofSymbol(kernel, elsewhere, name, name.replace(/^CONFIG_/, '')) ??
    ofObject(kernel, elsewhere, folded, 1) ??
    ofSymbol(kernel, elsewhere, name, folded.toUpperCase()) ??
    elsewhere.module(folded) ??
    slip(kernel, folded) ??
    ofFamily(kernel, elsewhere, folded) ??
    ofObject(kernel, elsewhere, folded, Number.POSITIVE_INFINITY) ??
    misspelt(kernel, folded)
  );
}

/** OpenWrt's packages of modules. Which modules one has is said in OpenWrt; here are those that its name leads to. */
function ofPackage(kernel: Kernel, elsewhere: Elsewhere, name: string): Lead | undefined {
  const own = /^kmod[-_](.+)$/.exec(name)?.[1];
  if (own === undefined) return undefined;
  const message = `\`${name}\` is a package of OpenWrt, and no module`;
  const notes = [`KernelPackage/${own} in OpenWrt's package/kernel/ has the modules that it holds, in FILES`];
  const same = moduleOfPackage(kernel, own);
  if (same !== undefined) return { message, notes, hint: `write the module: \`${same}\`` };
  // It may have been merged since.
  const part = ofObject(kernel, elsewhere, own.replaceAll('-', '_'), 1);
  if (part) return { message, notes: [...notes, ...part.notes], hint: part.hint };
  const likely = likelyOfPackage(kernel, own);
  return {
    message,
    notes,
    hint:
      likely.length > 0
        ? `write its modules; likely here: ${quoted(likely)}`
        : 'write the modules that it holds, by their names',
  };
}

/**
 * The module with the package's name, or with the end of it in a folder that its beginning names: `usb-core` is usbcore, `fs-ext4` is
 * fs/ext4/ext4.ko.
 */
function moduleOfPackage({ modules }: Kernel, own: string): string | undefined {
  const [same] = modules.find(own);
  if (same) return same.name;
  const words = wordsOf(own);
  for (let from = 0; from < words.length; from++) {
    const end = words.slice(from).join('');
    const found = modules
      .all()
      .find(
        ({ name, path }) =>
          wordsOf(name).join('') === end &&
          words.slice(0, from).every((word) => wordsOf(path).includes(word)),
      );
    if (found) return found.name;
  }
  return undefined;
}

/** Modules with the most of the package's words in their paths, and one of them in their names. */
function likelyOfPackage({ modules }: Kernel, own: string): string[] {
  const words = wordsOf(own);
  const scored = modules
    .all()
    .filter(({ name }) => words.some((word) => wordsOf(name).includes(word)))
    .map(({ name, path }) => ({ name, score: words.filter((word) => wordsOf(path).includes(word)).length }));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  const likely = scored.filter(({ score }) => score === best).map(({ name }) => name);
  // Where many fit, the first word says which family it is.
  const family = likely.filter((name) => wordsOf(name)[0] === words[0]);
  return family.length > 0 && likely.length > most ? family : likely;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[-_/.]/);
}

/** A symbol, as it is written in Kconfig files or like the module that it might have made. */
function ofSymbol(kernel: Kernel, elsewhere: Elsewhere, written: string, name: string): Lead | undefined {
  const symbol = kernel.kconfig.symbol(name);
  if (!symbol || symbol.members) return undefined;
  const made = namesOf(kernel.modules.madeBy(name));
  // Who writes a module that another series has should know.
  const isModule = written !== name && !written.startsWith('CONFIG_');
  const notes = isModule ? (elsewhere.module(written.replaceAll('-', '_'))?.notes.slice(0, 1) ?? []) : [];
  if (made.length > 0) return { notes, hint: `the symbol ${name} makes ${quoted(made)}` };
  const modules = kernel.objects.optionOf(name).map(moduleOf);
  if (modules.length > 0) {
    return {
      message: `\`${written}\` is no module: ${isModule ? name : 'it'} is an optional part of ${quoted(modules)}`,
      notes: [...notes, ...prompted(symbol)],
      hint: `write \`${modules[0]}\`, and kernelConfig: { ${name}: y }`,
    };
  }
  for (const { symbol: selected } of symbol.selects) {
    const others = namesOf(kernel.modules.madeBy(selected));
    if (others.length > 0 && symbol.type === 'tristate') {
      const selects = `the symbol ${name} makes no module; it selects ${selected}`;
      return { notes: [...notes, selects], hint: `${selected} makes ${quoted(others)}` };
    }
  }
  // What only looks like a symbol may be misspelt.
  if (isModule) return undefined;
  return {
    message: `\`${written}\` is a symbol that makes no module`,
    notes: prompted(symbol),
    hint: `leave it out, and set ${name} in \`kernelConfig\` where nothing else does`,
  };
}

function prompted({ name, prompts }: ConfigSymbol): string[] {
  return prompts[0] ? [`${name} is “${prompts[0].text}”`] : [];
}

/** What once was a module, or looks like one in the sources, is linked into another, or into several, or into the kernel. */
function ofObject(kernel: Kernel, elsewhere: Elsewhere, name: string, owners: number): Lead | undefined {
  const found = kernel.objects.named(name);
  const [first] = found;
  if (!first || found.length > owners) return undefined;
  const notes = found.slice(0, most).map(linked);
  if (first.module === null) {
    const where = first.symbols.length === 0 ? '' : ` where ${first.symbols.join(' or ')} is y`;
    return {
      message: `\`${name}\` is no module: it is part of the kernel${where}`,
      notes,
      hint:
        where === ''
          ? 'leave it out: it is always there'
          : `leave it out, and set ${first.symbols.join(' or ')} in \`kernelConfig\` where nothing else does`,
    };
  }
  const modules = [...new Set(found.flatMap(({ module }) => (module === null ? [] : [moduleOf(module)])))];
  const asked = modules.length === 1 ? [...new Set(askedIn(first.condition))] : [];
  const settings = asked.map((symbol) => `${symbol}: y`).join(', ');
  return {
    message: `\`${name}\` is no module of its own: it is part of ${quoted(modules)}`,
    notes: [...notes, ...(elsewhere.module(name)?.notes ?? [])],
    hint: `write ${modules.length === 1 ? `\`${modules[0]}\`` : 'the one that you mean'}${
      settings === '' ? '' : `, and kernelConfig: { ${settings} }`
    }`,
  };
}

function linked(object: NamedObject): string {
  return `${object.path} is linked into ${object.module ?? 'the kernel itself'}`;
}

/** One or two letters that are wrong. */
function slip(kernel: Kernel, name: string): Lead | undefined {
  const names = near(name, kernel.modules.names()).filter(
    (other) => edits(name, other) <= (name.length < 8 ? 1 : 2),
  );
  const hint = didYouMean(name, names);
  return hint === undefined ? undefined : { notes: [], hint };
}

/** Without the last words of its name it is a module, a part of one, or the only module that begins like that. */
function ofFamily(kernel: Kernel, elsewhere: Elsewhere, name: string): Lead | undefined {
  const words = name.split('_');
  for (let kept = words.length - 1; kept > 1 || (kept === 1 && words[0]!.length > 4); kept--) {
    const start = words.slice(0, kept).join('_');
    const [same] = kernel.modules.find(start);
    const notes = [
      `modules that are merged lose the ends of their names: \`${name}\` begins with \`${start}\``,
    ];
    if (same) return { notes, hint: `\`${same.name}\` may have what it did` };
    const part = kernel.objects.named(start).some(({ module }) => module !== null);
    if (part) {
      const lead = ofObject(kernel, elsewhere, start, Number.POSITIVE_INFINITY)!;
      return { notes: [...notes, ...lead.notes], hint: lead.hint };
    }
    const family = kernel.modules.names().filter((other) => other.startsWith(`${start}_`));
    if (family.length === 1) return { notes, hint: `\`${family[0]}\` may have what it did` };
    if (family.length > 1) return undefined;
  }
  return undefined;
}

function misspelt(kernel: Kernel, name: string): Lead | undefined {
  const hint = didYouMean(name, kernel.modules.names());
  return hint === undefined ? undefined : { notes: [], hint };
}

function namesOf(modules: readonly KbuildModule[]): string[] {
  return [...new Set(modules.map(({ name }) => name))];
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, most).map((name) => `\`${name}\``);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  const last = shown.pop();
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : String(last);
}
