// What scripts/compile-templates.mjs makes of templates/.
import type { PartialName, ScriptName, TemplateName } from './contexts.ts';

export declare const templates: Record<TemplateName, TemplateSpecification>;
export declare const partials: Record<PartialName, TemplateSpecification>;
export declare const scripts: Record<ScriptName, string>;
/** The text of templates and partials. */
export declare const sources: Record<TemplateName | PartialName, string>;
