import type Handlebars from 'handlebars';
import type { Context, TemplateName } from './contexts.ts';
import { nixIndented, nixKey, nixString } from './nix.ts';
import { yamlString } from './yaml.ts';

/** Templates and their contexts → text. */
export interface Renderer {
  render<Name extends TemplateName>(name: Name, context: Context<Name>): string;
}

/** What templates can call. Every value reaches a file through one of these. */
export interface Helpers extends Handlebars.HelperDeclareSpec {
  nixString(text: string): string;
  nixKey(name: string): string;
  yamlString(text: string): string;
  /** The shell text called `name`, as lines of an indented string behind `indent` spaces. */
  script(name: string, indent: number): string;
}

export function makeHelpers(scriptText: (name: string) => string): Helpers {
  const cache = new Map<string, string>();
  return {
    nixString,
    nixKey,
    yamlString,
    script(name, indent) {
      const key = `${indent} ${name}`;
      const text = cache.get(key) ?? nixIndented(scriptText(name), indent);
      cache.set(key, text);
      return text;
    },
  };
}

/** A renderer that makes each template when it is first needed. */
export function makeRenderer(make: (name: TemplateName) => Handlebars.TemplateDelegate): Renderer {
  const made = new Map<TemplateName, Handlebars.TemplateDelegate>();
  return {
    render(name, context) {
      const template = made.get(name) ?? make(name);
      made.set(name, template);
      return template(context);
    },
  };
}
