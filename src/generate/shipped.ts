/** The templates that gen-kmod ships, compiled ahead by `scripts/compile-templates.mjs`. */
import type Handlebars from 'handlebars';
import runtime from 'handlebars/runtime.js';
import { partials, scripts, templates } from '#templates';
import type { PartialName, ScriptName } from './contexts.ts';
import { makeHelpers, type Renderer } from './renderer.ts';

export function shippedRenderer(): Renderer {
  const engine = (runtime as unknown as typeof Handlebars).create();
  engine.registerHelper(makeHelpers((name) => scripts[name as ScriptName]));
  for (const name in partials) engine.registerPartial(name, engine.template(partials[name as PartialName]));
  const compiled = new Map<string, Handlebars.TemplateDelegate>();
  return {
    render(name, context) {
      let template = compiled.get(name);
      if (!template) {
        template = engine.template(templates[name]);
        compiled.set(name, template);
      }
      return template(context);
    },
  };
}
