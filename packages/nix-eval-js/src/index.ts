export {
  type EvaluateOptions,
  Evaluator,
  type EvaluatorOptions,
  evaluate,
  formatError,
  type Instantiated,
  instantiate,
  type JsValue,
  type ParsedText,
  parse,
} from './api.ts';
export { nixVersion } from './builtins/all.ts';
export { Attrs, Shape } from './eval/attrs.ts';
export { decodeBytes, encodeText } from './eval/bytes.ts';
export { type ErrorCode, NixError, type Trace } from './eval/errors.ts';
export type { Limits, SearchPathEntry } from './eval/evaluator.ts';
export {
  Builtin,
  ContextString,
  FloatValue,
  force,
  Lambda,
  type List,
  PartialBuiltin,
  PathValue,
  type Slot,
  Thunk,
  type Value,
} from './eval/values.ts';
export { DiskHost } from './host/disk.ts';
export type { FileInfo, FileType, Host } from './host/host.ts';
export { type MemoryFile, MemoryHost, type MemoryHostOptions } from './host/memory.ts';
export { RestrictedHost, type RestrictedHostOptions } from './host/restricted.ts';
export type { Expr } from './syntax/ast.ts';
export type { LintLevel, ParseWarning } from './syntax/parser.ts';
export type { Position, Source } from './syntax/source.ts';
