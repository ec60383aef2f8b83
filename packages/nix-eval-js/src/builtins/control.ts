/** Errors, order of evaluation, traces, imports. */

import { compileProgram } from '../compile/compiler.ts';
import { scopeOf } from '../compile/scope.ts';
import { attrsOf } from '../eval/attrs.ts';
import { coerceToString, realisePath } from '../eval/coerce.ts';
import { NixError } from '../eval/errors.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { parentOf } from '../eval/types.ts';
import { bytesOf, type Env, force, isString, type Slot, type Value } from '../eval/values.ts';
import { printAll, printValue } from '../print/value.ts';
import { isStorePath } from '../store/paths.ts';
import { parseSource } from '../syntax/parser.ts';
import { Source } from '../syntax/source.ts';
import { type Definition, define } from './define.ts';
import { importDerivation } from './derivation.ts';

/** Whether a path is the file of a derivation, which is imported as one. */
function isDerivationFile(ev: Evaluator, path: string): boolean {
  return path.endsWith('.drv') && isStorePath(path, ev.storeDir) && ev.host.lstat(path) !== null;
}

function importPath(ev: Evaluator, slot: Slot): Value {
  const path = realisePath(ev, slot, null);
  return isDerivationFile(ev, path) ? importDerivation(ev, path) : ev.importFile(path);
}

function scopedImport(ev: Evaluator, scopeSlot: Slot, pathSlot: Slot): Value {
  const path = realisePath(ev, pathSlot, null);
  if (isDerivationFile(ev, path)) return importDerivation(ev, path);
  const attrs = ev.forceAttrs(
    scopeSlot,
    0,
    'while evaluating the first argument passed to builtins.scopedImport',
  );
  const file = ev.files.resolveExpression(path);
  const source = new Source({ kind: 'file', path: file }, ev.host.readFile(ev.files.resolve(file, true)));
  const parsed = parseSource(source, ev.parseOptions(parentOf(file)));
  const env: Env = [null, ...attrs.values];
  return compileProgram(ev, parsed, scopeOf(attrs.shape, ev.scope))(env);
}

function trace(ev: Evaluator, a: Slot, b: Slot): Value {
  const value = force(a, 0);
  const shown = isString(value) ? bytesOf(value) : printValue(ev, value, printAll);
  ev.options.onTrace?.(`trace: ${shown}`);
  return force(b, 0);
}

export const controlBuiltins: readonly Definition[] = [
  define('import', 1, importPath),
  define('scopedImport', 2, scopedImport),
  define('abort', 1, (ev, a) => {
    const context = 'while evaluating the error message passed to builtins.abort';
    const message = coerceToString(ev, 0, a, new Set(), context);
    return ev.fail('abort', `evaluation aborted with the following error message: '${message}'`);
  }),
  define('throw', 1, (ev, a) => {
    const context = 'while evaluating the error message passed to builtin.throw';
    return ev.fail('throw', coerceToString(ev, 0, a, new Set(), context));
  }),
  {
    ...define('__addErrorContext', 2, (ev, a, b) => {
      const { depth } = ev;
      try {
        return force(b, 0);
      } catch (error) {
        if (!(error instanceof NixError)) throw error;
        ev.depth = depth;
        const context = 'while evaluating the error message passed to builtins.addErrorContext';
        const message = coerceToString(ev, 0, a, new Set(), context, false, false);
        throw error.addTrace(0, message, true);
      }
    }),
    traced: false,
  },
  define('__tryEval', 1, (ev, a) => {
    const { depth } = ev;
    try {
      const value = force(a, 0);
      return attrsOf([
        ['success', true],
        ['value', value],
      ]);
    } catch (error) {
      if (!(error instanceof NixError) || !error.catchable) throw error;
      ev.depth = depth;
      return attrsOf([
        ['success', false],
        ['value', false],
      ]);
    }
  }),
  define('__seq', 2, (_ev, a, b) => {
    force(a, 0);
    return force(b, 0);
  }),
  define('__deepSeq', 2, (ev, a, b) => {
    ev.forceDeep(a);
    return force(b, 0);
  }),
  define('__trace', 2, trace),
  define('__traceVerbose', 2, (ev, a, b) =>
    ev.options.traceVerbose === true ? trace(ev, a, b) : force(b, 0),
  ),
  define('__warn', 2, (ev, a, b) => {
    const context = 'while evaluating the first argument; the message passed to builtins.warn';
    const message = bytesOf(ev.forceString(a, 0, context));
    ev.options.onWarning?.({ message, evaluation: true });
    if (ev.options.abortOnWarn === true) {
      ev.fail('eval', 'aborting to reveal stack trace of warning, as abort-on-warn is set');
    }
    return force(b, 0);
  }),
  define('break', 1, (_ev, a) => force(a, 0)),
];
