/** The templates that gen-kmod ships, compiled ahead by `scripts/compile-templates.mjs`. */
import type Handlebars from 'handlebars';
import runtime from 'handlebars/runtime.js';
import { partials, scripts, templates } from '#templates';
import type { PartialName, ScriptName } from './contexts.ts';
import { makeHelpers, makeRenderer, type Renderer } from './renderer.ts';

export function shippedRenderer(): Renderer {
  const engine = (runtime as unknown as typeof Handlebars).create();
  engine.registerHelper(makeHelpers((name) => scripts[name as ScriptName]));
  for (const name in partials) engine.registerPartial(name, engine.template(partials[name as PartialName]));
  return makeRenderer((name) => engine.template(templates[name]));
}
