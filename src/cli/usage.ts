/** Wrong usage, as a failure. */
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';

export function usage(message: string, hint = '`gen-kmod --help` shows how it is used'): Failure {
  return new Failure(diagnostic('usage', message, { hint }));
}
