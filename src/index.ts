export { type Code, severities } from './diagnostics/codes.ts';
export {
  type Diagnostic,
  Failure,
  type Position,
  type Range,
  type Severity,
} from './diagnostics/diagnostic.ts';
export { frame } from './diagnostics/frame.ts';
export { type PlannedFile, plan, renderLoader, serviceName } from './generate/plan.ts';
export type { Renderer } from './generate/renderer.ts';
export { shippedRenderer } from './generate/shipped.ts';
export { type Change, type ChangeKind, type Comparison, compare } from './output/compare.ts';
export { recover, write } from './output/write.ts';
export { readTargetList } from './targets/read.ts';
export {
  type Dependency,
  type Loader,
  makeLoader,
  type ReadResult,
  type TargetList,
} from './targets/target-list.ts';
