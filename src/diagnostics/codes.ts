import type { Severity } from './diagnostic.ts';

/** Every code a diagnostic can carry, with its severity. `docs/errors.md` has a paragraph on each. */
export const severities = {
  // The target list
  'list-not-found': 'error',
  'list-unreadable': 'error',
  'yaml-syntax': 'error',
  'wrong-type': 'error',
  'unknown-field': 'error',
  'missing-field': 'error',
  'empty-list': 'error',
  'unsupported-version': 'error',
  'invalid-loader-name': 'error',
  'reserved-name': 'error',
  'invalid-module-name': 'error',
  'duplicate-target': 'warning',
  'duplicate-after-folding': 'error',
  'unknown-dependency': 'error',
  'invalid-attribute-path': 'error',
  'loader-cycle': 'error',
  'invalid-parameter': 'error',
  'parameters-with-compat': 'error',
  'parameter-conflict': 'warning',
  'invalid-symbol': 'error',
  'invalid-symbol-value': 'error',
  'symbol-conflict': 'error',
  'invalid-kernel': 'error',
  'kernel-not-resolved': 'warning',
  'invalid-text': 'error',
  'long-compat-name': 'warning',
  // Templates
  'template-unreadable': 'error',
  'template-syntax': 'error',
  'template-unknown-name': 'error',
  'template-unused': 'warning',
  // What generated files evaluate to
  'not-nix': 'error',
  'evaluation-failed': 'error',
  'not-evaluated': 'warning',
  // The output folder
  drift: 'error',
  'edited-file': 'error',
  'foreign-file': 'error',
  'foreign-source': 'error',
  'symlink-in-output': 'error',
  'bad-manifest': 'error',
  'output-busy': 'error',
  'interrupted-write': 'error',
  'write-failed': 'error',
  'output-in-store': 'error',
  // Scaffolds
  'invalid-service-name': 'error',
  'taken-service-name': 'error',
  'unknown-device': 'error',
  'folder-exists': 'error',
  // The run
  usage: 'error',
  interrupted: 'error',
  internal: 'error',
} as const satisfies Record<string, Severity>;

export type Code = keyof typeof severities;
