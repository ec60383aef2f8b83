export { NixError } from './eval/errors.ts';
